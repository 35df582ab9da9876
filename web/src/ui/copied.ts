/** Copies what an element says. Tells what was done: `done` where it was copied, or that it was selected where nothing may be copied. */
export async function copied(element: HTMLElement | null, done: string): Promise<string> {
  if (element === null) return "";
  try {
    await navigator.clipboard.writeText(element.textContent);
    return done;
  } catch {
    // No clipboard without permission, nor on a page that came over plain HTTP from another machine.
    getSelection()?.selectAllChildren(element);
    return "Selected; copy it with Ctrl+C.";
  }
}
