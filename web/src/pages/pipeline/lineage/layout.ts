/** Where each table stands in the drawing: layers from left to right, what operates them at the end. */
import type { TableLineage } from "./reads";

export const CARD = { width: 240, height: 52 };
const GAP = { x: 90, y: 20 };
const COLUMN: Record<string, number> = { bronze: 0, silver: 1, gold: 2, ops: 2 };

export interface Place {
  name: string;
  grain: string;
  x: number;
  y: number;
}

export interface Drawing {
  places: Place[];
  lines: { source: string; target: string; path: string }[];
  width: number;
  height: number;
}

export function drawn({ tables, edges }: TableLineage): Drawing {
  const filled: number[] = [];
  const places = tables.map(({ name, layer, grain }) => {
    const column = COLUMN[layer] ?? 2;
    const row = filled[column] ?? 0;
    filled[column] = row + 1;
    return { name, grain, x: column * (CARD.width + GAP.x), y: row * (CARD.height + GAP.y) };
  });
  const at = new Map(places.map((place) => [place.name, place]));
  const lines = edges.flatMap(({ source, target }) => {
    const [from, to] = [at.get(source), at.get(target)];
    return from && to ? [{ source, target, path: path(from, to) }] : [];
  });
  const extent = (side: "x" | "y", length: number): number =>
    Math.max(0, ...places.map((place) => place[side])) + length;
  return { places, lines, width: extent("x", CARD.width), height: extent("y", CARD.height) };
}

function path(from: Place, to: Place): string {
  const middle = CARD.height / 2;
  if (from.x === to.x) {
    // Within a layer it bends out to the left, where no other line begins.
    const [start, end] = [from.y + middle, to.y + middle];
    return `M${from.x},${start} C${from.x - 44},${start} ${to.x - 44},${end} ${to.x},${end}`;
  }
  const [x1, y1, x2, y2] = [from.x + CARD.width, from.y + middle, to.x, to.y + middle];
  if (x2 - x1 > GAP.x) {
    // Down before the layer that it passes by, then below that.
    return `M${x1},${y1} C${x1 + 70},${y1} ${x1 + 10},${y2} ${x1 + GAP.x},${y2} H${x2}`;
  }
  const bend = GAP.x / 2;
  return `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}
