import { useState } from "react";

import { Confirm } from "../../access/Confirm";
import { Why } from "../../access/Why";
import { useHold } from "./reads";

interface Props {
  open: boolean;
  /** Whether it stood still when this was opened, so that it would go on: the question stays the same, whatever happens meanwhile. */
  paused: boolean;
  onClose: () => void;
}

/** Asks before the pipeline is stopped or goes on, and says why that was refused. */
export function Hold({ open, paused, onClose }: Props) {
  const [why, setWhy] = useState("");
  const hold = useHold();
  return (
    <Confirm
      open={open}
      title={paused ? "Let the pipeline go on?" : "Pause the pipeline?"}
      about={
        paused
          ? "The engine takes what has waited, and figures move again."
          : "The engine takes no further batch, and figures stand still, for everybody and over restarts. Events are stored as before; none is lost."
      }
      act={paused ? "Go on" : "Pause for everybody"}
      change={hold}
      onAct={() => hold.mutate({ paused: !paused, why }, { onSuccess: onClose })}
      onClose={onClose}
    >
      {!paused && <Why value={why} onChange={setWhy} kept="Shown to whoever asks why nothing moves." />}
    </Confirm>
  );
}
