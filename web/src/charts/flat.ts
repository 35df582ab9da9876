import type { Area, Line } from "d3-shape";

/**
 * What d3-shape draws of points, as an SVG path. It would add to a string step by step, and the browser keeps each step of a string
 * that nobody reads: of a day of minutes 76,000 of them, for the garbage collector to go through.
 */
export function flat<T>(shape: Line<T> | Area<T>, points: T[]): string {
  const parts: string[] = [];
  const taken: Pick<CanvasPath, "moveTo" | "lineTo" | "closePath"> = {
    moveTo: (x, y) => parts.push(`M${at(x)},${at(y)}`),
    lineTo: (x, y) => parts.push(`L${at(x)},${at(y)}`),
    closePath: () => parts.push("Z"),
  };
  // Of straight lines it asks for no more.
  shape.context(taken as CanvasRenderingContext2D)(points);
  return parts.join("");
}

/** To the thousandth of a pixel, as d3-shape has it. */
function at(place: number): number {
  return Math.round(place * 1_000) / 1_000;
}
