/** What the repair bench asks the API for, and what it has it do. */
import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";

import { useChange } from "../../../access/useChange";
import { api, unwrap, type Schemas } from "../../../api/client";
import { useView, type RangeName } from "../../../app/view";
import { RENEW_MS, useRenewal } from "../../../live/renewal";
import { rangeOf } from "../reads";

export type Outcome = Schemas["RepairOutcome"];
export type Repair = Schemas["Repair"];

const RECORDS = 25;
const REPAIRS = 20;
const PENDING_MS = 1_000;
/** How many records of a repair are followed one by one: each is a read. */
export const FOLLOWED = 5;

/** What to patch, and how; a repair of the API once it is said whether to try or to do it. */
export interface Task {
  filter: Schemas["Filter"];
  patch: Schemas["Patch"] | null;
}

/** Of these records, or of all of a reason that came in within the range, up to now. */
export function filterOf(reason: string | null, ids: string[], range: RangeName): Schemas["Filter"] {
  return ids.length > 0 ? { ids } : { reason, ...rangeOf(range, null, Date.now()) };
}

/** Records that no repair has taken; newest first. */
export function useOpenRecords(reason: string | null) {
  const { range } = useView();
  return useInfiniteQuery({
    queryKey: ["quarantine", "open", reason, range],
    ...useRenewal(RENEW_MS, reason ?? ""),
    initialPageParam: { cursor: null as string | null, span: undefined as ReturnType<typeof rangeOf> | undefined },
    queryFn: async ({ pageParam: { cursor, span = rangeOf(range, null, Date.now()) } }) => {
      const query = { repaired: false, reason, limit: RECORDS, cursor, ...span };
      return { span, ...(await unwrap(api.GET("/api/v1/quarantine", { params: { query } }))) };
    },
    getNextPageParam: ({ span, next_cursor }) => (next_cursor == null ? null : { cursor: next_cursor, span }),
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

/** Says what a repair would do. */
export function usePreview() {
  return useChange((task: Task) => asked({ ...task, dry_run: true, why: "" }));
}

interface Wish extends Task {
  why: string;
  /** The same for each try, so that what was done already is not done again. */
  once: string;
}

/** Takes what is accepted out of quarantine. */
export function useReadmission() {
  return useChange(
    ({ once, ...wish }: Wish) => asked({ ...wish, dry_run: false }, { "Idempotency-Key": once }),
    ["quarantine", "quarantine summary", "repairs"],
  );
}

function asked({ patch, ...rest }: Task & { dry_run: boolean; why: string }, headers: Record<string, string> = {}) {
  const body = { ...rest, limit: 10_000 };
  return unwrap(
    patch === null
      ? api.POST("/api/v1/quarantine/readmit", { body, headers })
      : api.POST("/api/v1/quarantine/repair", { body: { ...body, patch }, headers }),
  );
}

/** Repairs, newest first. */
export function useRepairs() {
  const { asOf } = useView();
  return useInfiniteQuery({
    queryKey: ["repairs", asOf],
    ...useRenewal(),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor }) =>
      unwrap(api.GET("/api/v1/quarantine/repairs", { params: { query: { as_of: asOf, limit: REPAIRS, cursor } } })),
    getNextPageParam: (page) => page.next_cursor ?? null,
    select: ({ pages }) => pages.flatMap((page) => page.data),
  });
}

/** One repair, asked for until it is in gold. */
export function useRepair(id: string) {
  return useQuery({
    queryKey: ["repair", id],
    refetchInterval: ({ state }) => (state.data?.state === "pending" ? PENDING_MS : false),
    queryFn: () => unwrap(api.GET("/api/v1/quarantine/repairs/{repair_id}", { params: { path: { repair_id: id } } })),
  });
}

/** What became of the first records of a repair that is done. */
export function useReceipts({ id, records }: Repair) {
  return useQueries({
    queries: Array.from({ length: Math.min(records, FOLLOWED) }, (_, position) => ({
      queryKey: ["repaired record", id, position],
      staleTime: Infinity,
      queryFn: () => {
        const params = { path: { partition: 0, position }, query: { source: "repair", topic: id } };
        return unwrap(api.GET("/api/v1/ledger/offsets/{partition}/{position}", { params }));
      },
    })),
  });
}
