/** A chart as a picture: as it looks on the page, with its title above, and what it is of below. */
import { drawingIn, paint } from "./drawing";

export interface Caption {
  title: string;
  /** What is printed below, a line each: of which range, as of when, of which table versions. */
  facts: string[];
}

// Twice as many points as on the page, so that it is sharp in print.
const SCALE = 2;
const PADDING = 16;
const TITLE_PX = 16;
const TEXT_PX = 12;
const LINE = 18;
const GAP = 8;

interface Sign {
  name: string;
  color: string;
}

/** host: what the chart is in. Raises Error where it has no drawing, or the browser makes no picture of it. */
export async function picture(host: HTMLElement, { title, facts }: Caption): Promise<Blob> {
  const drawing = drawingIn(host);
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (drawing === null || pen === null) throw new Error("There is no drawing to save.");
  const { width, height } = drawing.getBoundingClientRect();
  const look = getComputedStyle(host);
  const signs = signsIn(host);
  pen.font = fontOf(look, TEXT_PX);
  const below = facts.flatMap((fact) => wrapped(pen, fact, width));
  canvas.width = (width + 2 * PADDING) * SCALE;
  canvas.height = (2 * PADDING + 2 * GAP + height + LINE * (1 + (signs.length > 0 ? 1 : 0) + below.length)) * SCALE;
  // A canvas that got another size has forgotten everything.
  pen.scale(SCALE, SCALE);
  pen.fillStyle = groundOf(host);
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.textBaseline = "top";
  pen.fillStyle = look.color;
  pen.font = fontOf(look, TITLE_PX, "bold");
  pen.fillText(title, PADDING, PADDING, width);
  pen.font = fontOf(look, TEXT_PX);
  let top = PADDING + LINE + GAP;
  paint(pen, drawing, new DOMMatrix().scale(SCALE).translate(PADDING, top));
  top += height + GAP;
  if (signs.length > 0) {
    drawSigns(pen, signs, look.color, top);
    top += LINE;
  }
  for (const [place, line] of below.entries()) pen.fillText(line, PADDING, top + place * LINE);
  return blobOf(canvas);
}

function signsIn(host: HTMLElement): Sign[] {
  return [...host.querySelectorAll(".recharts-legend-item, .chart-legend li")].map((item) => {
    const sign = item.querySelector("path, line, rect");
    const { fill, stroke } = sign === null ? { fill: "none", stroke: "none" } : getComputedStyle(sign);
    return { name: item.textContent, color: stroke === "none" ? fill : stroke };
  });
}

function drawSigns(pen: CanvasRenderingContext2D, signs: Sign[], color: string, top: number): void {
  let left = PADDING;
  for (const sign of signs) {
    pen.fillStyle = sign.color;
    pen.fillRect(left, top + 1, 10, 10);
    pen.fillStyle = color;
    pen.fillText(sign.name, left + 14, top);
    left += 30 + pen.measureText(sign.name).width;
  }
}

/** A text in lines that fit. */
function wrapped(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length > 0 && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function fontOf(look: CSSStyleDeclaration, px: number, weight = "normal"): string {
  return `${weight} ${px}px ${look.fontFamily}`;
}

/** The colour behind an element: its own, or that of what it lies on. */
function groundOf(host: HTMLElement): string {
  for (let each: HTMLElement | null = host; each !== null; each = each.parentElement) {
    const { backgroundColor } = getComputedStyle(each);
    if (backgroundColor !== "rgba(0, 0, 0, 0)" && backgroundColor !== "transparent") return backgroundColor;
  }
  return "white";
}

function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error("The browser made no picture of it."));
      else resolve(blob);
    });
  });
}
