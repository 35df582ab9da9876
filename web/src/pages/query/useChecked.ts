import { useMemo } from "react";

import { useSettled } from "../../ui/useSettled";
import { useValidation } from "./reads";
import { wordAt } from "./words";

// So long after the last key the statement is looked at: not while a word is being written.
const PAUSE_MS = 700;

export interface Checked {
  /** What is wrong, with its place in words; null where nothing is known to be. */
  message: string | null;
  place: { from: number; to: number } | null;
  /** Why it could not be checked. */
  error: unknown;
}

/** What is wrong with a statement, once nobody writes on it. known: one that was run and is known to be right. */
export function useChecked(text: string, known: string): Checked {
  const settled = useSettled(text, PAUSE_MS);
  const { data, error } = useValidation(settled.trim() === "" || settled === known ? "" : settled);
  const fault = settled === text ? (data?.fault ?? null) : null;
  const [line, column] = [fault?.line ?? null, fault?.column ?? null];
  const place = useMemo(
    () => (line === null || column === null ? null : wordAt(settled, line, column)),
    [settled, line, column],
  );
  const where = line === null ? "" : `Line ${line}, column ${column}: `;
  return { message: fault === null ? null : where + fault.message, place, error };
}
