/** Going back to a version of a table. */
import { useChange } from "../../access/useChange";
import { api, unwrap } from "../../api/client";

/** Says what going back would change, with the token of it. */
export function useRestoreTrial(name: string) {
  return useChange((version: number) =>
    unwrap(
      api.POST("/api/v1/tables/{name}/restore", {
        params: { path: { name } },
        body: { version, dry_run: true, why: "" },
      }),
    ),
  );
}

interface Wish {
  version: number;
  /** Of the trial that showed what is to be done. */
  token: string;
  why: string;
  /** The same for each try, so that no job is queued twice. */
  once: string;
}

export function useRestore(name: string) {
  return useChange(
    ({ once, ...wish }: Wish) =>
      unwrap(
        api.POST("/api/v1/tables/{name}/restore", {
          params: { path: { name }, header: { "Idempotency-Key": once } },
          body: { ...wish, dry_run: false },
        }),
      ),
    ["jobs"],
  );
}
