import { Stack, Typography } from "@mui/material";

import { Found } from "../ui/Found";
import { Questions } from "./Questions";
import { useSuggestions } from "./reads";

/** What may be asked, while nothing was. */
export function Suggestions({ onAsk }: { onAsk: (question: string) => void }) {
  const suggestions = useSuggestions();
  return (
    <Stack spacing={1.5}>
      <Typography color="text.secondary">
        A question is read by rules, against the metrics and the values in your data. Each answer shows what every word
        was taken for, and says when it is not sure.
      </Typography>
      <Found query={suggestions} height={160}>
        {({ data }) =>
          data.length === 0 ? (
            <Typography>Nothing has happened yet, so there is nothing to ask about.</Typography>
          ) : (
            <Questions title="For example" questions={data.map(({ question }) => question)} onAsk={onAsk} />
          )
        }
      </Found>
    </Stack>
  );
}
