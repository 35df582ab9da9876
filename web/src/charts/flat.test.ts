import { area, line } from "d3-shape";
import { expect, test } from "vitest";

import { flat } from "./flat";

type Point = [x: number, y: number | null];

const isThere = ([, y]: Point): boolean => y !== null;
const drawnLine = () =>
  line<Point>(
    ([x]) => x,
    ([, y]) => y ?? 0,
  ).defined(isThere);
const drawnArea = () =>
  area<Point>(
    ([x]) => x,
    0,
    ([, y]) => y ?? 0,
  ).defined(isThere);

test.each([
  { name: "none", points: [] },
  { name: "one", points: [[1, 2]] },
  {
    name: "with gaps",
    points: [
      [0, 1.23456],
      [1, null],
      [2, 3],
      [3, -4],
      [4, null],
      [5, 1e-7],
    ],
  },
] satisfies { name: string; points: Point[] }[])(
  "a path of points, $name, is the one that d3-shape makes",
  ({ points }) => {
    expect(flat(drawnLine(), points)).toBe(drawnLine()(points) ?? "");
    expect(flat(drawnArea(), points)).toBe(drawnArea()(points) ?? "");
  },
);
