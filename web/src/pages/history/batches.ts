/** Commits put together by the batch that they are part of. */
import type { Entry } from "./reads";

export interface Group {
  key: string;
  /** Null for upkeep, and where the batch is not kept. */
  batch: number | null;
  /** When it could be read: the commit of the ledger where there is one, else the newest. */
  at: string;
  /** Whether the ledger's own commit, by which a batch becomes visible, is among them. */
  isPublished: boolean;
  commits: Entry[];
}

/** entries: newest first, as the API gives them. Groups run from the newest on. */
export function byBatch(entries: Entry[]): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const key = entry.batch === null ? `${entry.table}=${entry.version}` : `batch ${entry.batch}`;
    const group = groups.get(key) ?? {
      key,
      batch: entry.batch,
      at: entry.committed_at,
      isPublished: false,
      commits: [],
    };
    group.commits.push(entry);
    if (entry.table === "ops.ledger" && entry.batch !== null) {
      group.at = entry.committed_at;
      group.isPublished = true;
    }
    groups.set(key, group);
  }
  return [...groups.values()];
}

export interface TableShare {
  table: string;
  /** The newest version that the group led to. */
  version: number;
  rowsAdded: number;
  rowsRemoved: number | null;
}

/** What a group did, table by table; tables: the order to tell them in. */
export function shares(group: Group, tables: string[]): TableShare[] {
  const shares = new Map<string, TableShare>();
  for (const entry of [...group.commits].reverse()) {
    const { table, version, rows_added, rows_removed } = entry;
    const before = shares.get(table);
    shares.set(table, {
      table,
      version: Math.max(version, before?.version ?? 0),
      rowsAdded: rows_added + (before?.rowsAdded ?? 0),
      rowsRemoved: before === undefined ? rows_removed : plus(before.rowsRemoved, rows_removed),
    });
  }
  return [...shares.values()].sort((one, other) => tables.indexOf(one.table) - tables.indexOf(other.table));
}

function plus(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
