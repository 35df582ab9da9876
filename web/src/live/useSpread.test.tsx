import { act, render, screen } from "@testing-library/react";
import { useMemo } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { spanUpTo } from "./span";
import { useSpread } from "./useSpread";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function Part({ end, view, place }: { end: string; view: string; place: number }) {
  const span = useMemo(() => spanUpTo(end, "1h"), [end]);
  return <li>{useSpread(span, view, place).to.slice(14, 16)}</li>;
}

function Page({ end, view = "1h" }: { end: string; view?: string }) {
  return (
    <ul>
      {[0, 1, 2].map((place) => (
        <Part key={place} end={end} view={view} place={place} />
      ))}
    </ul>
  );
}

const drawn = (): string[] => screen.getAllByRole("listitem").map(({ textContent }) => textContent);

test("a new minute is taken by one part after the other", async () => {
  const { rerender } = render(<Page end="2026-11-24T10:30:00Z" />);
  expect(drawn()).toEqual(["30", "30", "30"]);
  rerender(<Page end="2026-11-24T10:31:00Z" />);
  expect(drawn()).toEqual(["30", "30", "30"]);
  await act(() => vi.advanceTimersByTimeAsync(1));
  expect(drawn()).toEqual(["31", "30", "30"]);
  await act(() => vi.advanceTimersByTimeAsync(250));
  expect(drawn()).toEqual(["31", "31", "30"]);
  await act(() => vi.advanceTimersByTimeAsync(250));
  expect(drawn()).toEqual(["31", "31", "31"]);
});

test("of another range each part is at once", async () => {
  const { rerender } = render(<Page end="2026-11-24T10:30:00Z" />);
  rerender(<Page end="2026-11-24T10:31:00Z" />);
  await act(() => vi.advanceTimersByTimeAsync(1));
  expect(drawn()).toEqual(["31", "30", "30"]);
  rerender(<Page end="2026-11-24T10:31:00Z" view="6h" />);
  expect(drawn()).toEqual(["31", "31", "31"]);
});
