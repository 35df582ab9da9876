import { expect, test } from "vitest";

import { changeOf, coarse, pathOf } from "./Card";

test("the course of a card is of a hundred points at most, each the mean of a stretch", () => {
  const day = Array.from({ length: 1_440 }, (_, place) => (place < 15 ? 2 : null));
  expect(coarse(day)).toEqual([2, ...Array.from({ length: 95 }, () => null)]);
  expect([coarse([3, null, 5]), coarse([])]).toEqual([[3, null, 5], []]);
});

test("a change has its sign, and none is made up where nothing was before", () => {
  expect(changeOf(12, 10)).toBe("▲ +20.0% against the range before");
  expect(changeOf(5, 10)).toBe("▼ -50.0% against the range before");
  expect(changeOf(5, null)).toBe("no figures before");
  expect([changeOf(5, "asked"), changeOf(5, "not known")]).toEqual(["…", "the range before is not known"]);
  expect(changeOf(5, 0)).toBe("none in the range before");
  expect(changeOf(258_966, 302)).toBe("▲ 858 times the range before");
});

test("money below nothing rises and falls as other figures do, and is drawn within its card", () => {
  expect(changeOf(50, -100)).toBe("▲ +150.0% against the range before");
  expect(changeOf(-40, -2)).toBe("▼ -1,900.0% against the range before");
  expect(changeOf(10_001, 10_000)).toBe("= 0.0% against the range before");
  expect(pathOf([-5, 0, 10])).toBe("M0,29L50,20L100,2");
  expect(pathOf([-5, -10])).toBe("M0,15.5L100,29");
  expect(pathOf([0, 0])).toBe("M0,29L100,29");
  expect([pathOf([null, null]), pathOf([0, 0, null, 0, 0])]).toEqual(["", "M0,29L25,29M75,29L100,29"]);
});
