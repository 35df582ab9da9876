import { useMutation, useQueryClient } from "@tanstack/react-query";

/** Something that is changed by hand. changed: first parts of the keys of what is read anew afterwards. */
export function useChange<Wish, Answer>(make: (wish: Wish) => Promise<Answer>, changed: string[] = []) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: make,
    onSuccess: () => Promise.all(changed.map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
}
