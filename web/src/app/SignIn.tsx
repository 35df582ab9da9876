import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
  TextField,
} from "@mui/material";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, unwrap } from "../api/client";
import { authorization, storeKey, useKey } from "../api/key";
import { answerRefusal, needsKey, refused, useRefusal } from "../api/refusal";
import { useLiveOf } from "../live/useLive";
import { Failed } from "../ui/Panel";
import { Said } from "../ui/Said";
import { useView } from "./view";

/** Who one is to the API: asked where it refuses something for want of a key, and by a button in the header. */
export function SignIn() {
  const [asked, setAsked] = useState(false);
  const [text, setText] = useState("");
  const kept = useKey();
  const refusal = useRefusal();
  const live = useLiveOf(({ problem }) => problem);
  useEffect(() => refused(live, false), [live]);
  const queries = useQueryClient();
  const { set } = useView();
  const trial = useMutation({
    meta: { trial: true },
    mutationFn: (key: string) => unwrap(api.GET("/api/v1/whoami", { headers: authorization(key) })),
    onSuccess: ({ tenant_id }, key) => keep(key, tenant_id),
  });
  const leave = (answer: "given" | "declined"): void => {
    setAsked(false);
    setText("");
    trial.reset();
    answerRefusal(answer);
  };
  const keep = (key: string | null, tenant: string | null): void => {
    storeKey(key);
    set({ tenant }, { replace: true });
    leave("given");
    // Nothing of what another was shown stays.
    void queries.resetQueries();
  };
  const missing = needsKey(live);
  return (
    <>
      <Button size="small" color={missing ? "warning" : "inherit"} onClick={() => setAsked(true)}>
        {missing ? "Sign in…" : "Key…"}
      </Button>
      <Dialog
        open={asked || refusal !== null}
        onClose={() => leave("declined")}
        fullWidth
        maxWidth="xs"
        aria-labelledby="key-title"
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            trial.mutate(text);
          }}
        >
          <DialogTitle id="key-title">Who are you?</DialogTitle>
          <DialogContent sx={{ display: "grid", gap: 2 }}>
            {refusal && !trial.error && (
              <Alert severity="warning">
                <Said>{refusal.detail}</Said>
              </Alert>
            )}
            <DialogContentText>
              A key shows the data of its tenant, and allows what its role allows. <code>rtl keys create</code> makes
              one. It is kept for this tab alone.
            </DialogContentText>
            <TextField
              label="API key"
              type="password"
              autoComplete="off"
              value={text}
              onChange={(event) => setText(event.target.value.trim())}
              size="small"
              autoFocus
            />
            {trial.error && <Failed error={trial.error} />}
          </DialogContent>
          <DialogActions>
            {kept !== null && (
              <Button color="inherit" onClick={() => keep(null, null)}>
                Forget the key
              </Button>
            )}
            <Button color="inherit" onClick={() => leave("declined")}>
              Cancel
            </Button>
            <Button type="submit" variant="contained" disabled={text === ""} loading={trial.isPending}>
              Use this key
            </Button>
          </DialogActions>
        </form>
      </Dialog>
    </>
  );
}
