/** A chart's drawing, painted part by part: the page's policy lets nobody load an image, not even one that the page made. */

const PARTS = "path, line, rect, circle, tspan, text:not(:has(tspan))";

/** The drawing within a part of the page, or null where there is none. The signs of a legend are drawings, too, but no chart. */
export function drawingIn(host: HTMLElement): SVGSVGElement | null {
  return host.querySelector<SVGSVGElement>("svg[role=application]");
}

/** Paints a drawing as it looks on the page. base: where its upper left corner comes, and how large. */
export function paint(pen: CanvasRenderingContext2D, drawing: SVGSVGElement, base: DOMMatrix): void {
  for (const part of drawing.querySelectorAll<SVGGraphicsElement>(PARTS)) {
    if (part.closest("defs") !== null) continue;
    pen.save();
    pen.setTransform(base.multiply(part.getCTM() ?? undefined));
    paintPart(pen, part, getComputedStyle(part));
    pen.restore();
  }
}

function paintPart(pen: CanvasRenderingContext2D, part: SVGGraphicsElement, style: CSSStyleDeclaration): void {
  const opacity = Number(style.opacity);
  if (style.fill !== "none") {
    pen.fillStyle = style.fill;
    pen.globalAlpha = opacity * Number(style.fillOpacity);
    if (part instanceof SVGTextContentElement) write(pen, part, style);
    else pen.fill(outline(part));
  }
  if (style.stroke !== "none" && !(part instanceof SVGTextContentElement)) {
    pen.strokeStyle = style.stroke;
    pen.globalAlpha = opacity * Number(style.strokeOpacity);
    pen.lineWidth = Number.parseFloat(style.strokeWidth);
    pen.setLineDash((style.strokeDasharray.match(/[\d.]+/g) ?? []).map(Number));
    pen.stroke(outline(part));
  }
}

function write(pen: CanvasRenderingContext2D, text: SVGTextContentElement, style: CSSStyleDeclaration): void {
  if (text.getNumberOfChars() === 0) return;
  const { x, y } = text.getStartPositionOfChar(0);
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  pen.textBaseline = "alphabetic";
  pen.fillText(text.textContent, x, y);
}

function outline(part: SVGGraphicsElement): Path2D {
  if (part instanceof SVGPathElement) return new Path2D(part.getAttribute("d") ?? "");
  const path = new Path2D();
  if (part instanceof SVGLineElement) {
    path.moveTo(part.x1.baseVal.value, part.y1.baseVal.value);
    path.lineTo(part.x2.baseVal.value, part.y2.baseVal.value);
  } else if (part instanceof SVGRectElement) {
    path.rect(part.x.baseVal.value, part.y.baseVal.value, part.width.baseVal.value, part.height.baseVal.value);
  } else if (part instanceof SVGCircleElement) {
    path.arc(part.cx.baseVal.value, part.cy.baseVal.value, part.r.baseVal.value, 0, 2 * Math.PI);
  }
  return path;
}
