/** What the editor suggests and marks, as functions of the text alone. */

export interface Words {
  tables: string[];
  /** Of the tables that the statement names. */
  columns: string[];
}

export interface Suggestion {
  label: string;
  type: "class" | "property";
}

/** The suggestions for what stands before the cursor, and how many of its characters they replace. */
export function suggestions(before: string, { tables, columns }: Words): { replaced: number; options: Suggestion[] } {
  const word = /[\w.]*$/.exec(before)?.[0] ?? "";
  const dot = word.lastIndexOf(".");
  const ofTables = tables.map((label): Suggestion => ({ label, type: "class" }));
  const ofColumns = columns.map((label): Suggestion => ({ label, type: "property" }));
  if (dot < 0) return { replaced: word.length, options: [...ofColumns, ...ofTables] };
  if (tables.some((name) => name.startsWith(word.slice(0, dot + 1)))) {
    return { replaced: word.length, options: ofTables };
  }
  // After the name of a table, or what it is called in the statement.
  return { replaced: word.length - dot - 1, options: ofColumns };
}

/** The tables that a statement names. */
export function named(text: string, tables: string[]): string[] {
  const lower = text.toLowerCase();
  return tables.filter((name) => lower.includes(name));
}

/** The word at a place as the API tells it: line from 1, and the column, from 1, of the word's last character. */
export function wordAt(text: string, line: number, column: number): { from: number; to: number } | null {
  const lines = text.split("\n");
  const told = lines[line - 1];
  if (told === undefined) return null;
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const end = Math.min(column, told.length);
  const length = /[\w.]*$/.exec(told.slice(0, end))?.[0].length ?? 0;
  const from = start + end - Math.max(length, 1);
  return from < start ? null : { from, to: start + end };
}
