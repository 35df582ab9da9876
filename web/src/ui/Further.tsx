import { Button } from "@mui/material";

interface Props {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  /** What comes next. */
  name: string;
}

/** Below a list that is asked for page by page: the next one; nothing where there is none. */
export function Further({ query, name }: Props) {
  if (!query.hasNextPage) return null;
  return (
    <Button
      size="small"
      variant="outlined"
      sx={{ alignSelf: "start" }}
      loading={query.isFetchingNextPage}
      onClick={() => query.fetchNextPage()}
    >
      {name}
    </Button>
  );
}
