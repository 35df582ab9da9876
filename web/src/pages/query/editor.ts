/** The SQL editor, outside React. */
import { autocompletion, closeBrackets, completionKeymap, type CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { keywordCompletionSource, PostgreSQL, sql } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers, type DecorationSet } from "@codemirror/view";
import { tags } from "@lezer/highlight";

import { suggestions, type Words } from "./words";

interface Options {
  text: string;
  words: () => Words;
  onChange: (text: string) => void;
  onRun: () => void;
}

const token = (name: string): string => `var(--mui-palette-${name})`;

const LOOK = EditorView.theme({
  "&": { fontSize: "0.85rem", color: token("text-primary"), backgroundColor: token("background-paper") },
  "&.cm-focused": { outline: `2px solid ${token("primary-main")}` },
  ".cm-scroller": { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace' },
  ".cm-content": { minHeight: "7em", caretColor: token("text-primary") },
  ".cm-cursor": { borderLeftColor: token("text-primary") },
  ".cm-gutters": { backgroundColor: "transparent", color: token("text-secondary"), border: "none" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: token("action-focus"),
  },
  ".cm-tooltip": {
    color: token("text-primary"),
    backgroundColor: token("background-paper"),
    borderColor: token("divider"),
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    color: token("primary-contrastText"),
    backgroundColor: token("primary-main"),
  },
  ".cm-fault": { textDecoration: `underline wavy ${token("error-main")}` },
});

const COLORS = HighlightStyle.define([
  { tag: tags.keyword, color: token("primary-main"), fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: token("success-main") },
  { tag: [tags.number, tags.bool, tags.null], color: token("warning-main") },
  { tag: tags.comment, color: token("text-secondary"), fontStyle: "italic" },
]);

const setFault = StateEffect.define<{ from: number; to: number } | null>();
const MARK = Decoration.mark({ class: "cm-fault" });

const faults = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { changes, effects }) {
    let now = marks.map(changes);
    for (const effect of effects) {
      if (effect.is(setFault))
        now = effect.value === null ? Decoration.none : Decoration.set(MARK.range(effect.value.from, effect.value.to));
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** An editor within a root of its own: its styles are handed to that root as objects, which the page's policy allows. */
export function openEditor(host: HTMLElement, { text, words, onChange, onRun }: Options): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const own = ({ state, pos, explicit }: CompletionContext) => {
    const before = state.sliceDoc(state.doc.lineAt(pos).from, pos);
    const { replaced, options } = suggestions(before, words());
    return replaced > 0 || explicit || before.endsWith(".") ? { from: pos - replaced, options } : null;
  };
  const run = (): boolean => {
    onRun();
    return true;
  };
  return new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        history(),
        lineNumbers(),
        drawSelection(),
        closeBrackets(),
        sql({ dialect: PostgreSQL }),
        autocompletion({ override: [own, keywordCompletionSource(PostgreSQL)] }),
        syntaxHighlighting(COLORS),
        faults,
        LOOK,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "SQL" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
}

/** Underlines a place of the text, or nothing. */
export function markFault(view: EditorView, place: { from: number; to: number } | null): void {
  const fits = place !== null && place.to <= view.state.doc.length;
  view.dispatch({ effects: setFault.of(fits ? place : null) });
}
