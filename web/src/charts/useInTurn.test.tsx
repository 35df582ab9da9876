import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { useInTurn } from "./useInTurn";

beforeEach(() => vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame"] }));
afterEach(() => vi.useRealTimers());

function One({ value }: { value: number }) {
  return <li>{useInTurn(value)}</li>;
}

function Two({ value }: { value: number }) {
  return (
    <ul>
      <One value={value} />
      <One value={value} />
    </ul>
  );
}

const drawn = (): string[] => screen.getAllByRole("listitem").map(({ textContent }) => textContent);
const frame = (): void => act(() => void vi.advanceTimersToNextFrame());

test("the first value is drawn at once, a new one by one part in each frame, and none that is old by then", () => {
  const { rerender } = render(<Two value={1} />);
  expect(drawn()).toEqual(["1", "1"]);
  frame();
  frame();
  rerender(<Two value={2} />);
  expect(drawn()).toEqual(["1", "1"]);
  frame();
  expect(drawn()).toEqual(["2", "1"]);
  rerender(<Two value={3} />);
  frame();
  expect(drawn()).toEqual(["3", "1"]);
  frame();
  expect(drawn()).toEqual(["3", "3"]);
});
