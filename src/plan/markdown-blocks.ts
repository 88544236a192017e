/** A collapsed part of a comment: a visible heading, and items that may be shortened or omitted. */
export interface Section {
  /** HTML-safe text of the visible line. */
  readonly summary: string;
  readonly open: boolean;
  readonly items: readonly Item[];
  /** How the items are joined: `blocks` by empty lines, `list` as one list. */
  readonly layout: 'blocks' | 'list';
}

export interface Item {
  readonly full: string;
  /** The short form, used when the full form does not fit. */
  readonly short: string;
  /** Number of plan changes that the item represents. */
  readonly count: number;
}

export interface Comment {
  /** Blocks before the sections; never omitted. */
  readonly head: readonly string[];
  readonly sections: readonly Section[];
  readonly foot: readonly string[];
  /** Text after `… 143 more changes`. */
  readonly pointer: string;
}

/** Joins the parts to at most `maxChars` UTF-16 code units; undefined when not even head and foot fit. Cuts between items only. */
export function fitComment(comment: Comment, maxChars: number): string | undefined {
  const { head, sections, foot, pointer } = comment;
  const shells = sections.map((section) => shellLength(section, pointer));
  const fixed = [...head, ...foot].reduce((sum, block) => sum + block.length + 2, 0);
  let free = maxChars - fixed - shells.reduce((sum, length) => sum + length, 0);
  if (free < 0) return undefined;
  const filled = sections.map((section) => {
    const { text, used } = fill(section, pointer, free);
    free -= used;
    return text;
  });
  return `${[...head, ...filled, ...foot].join('\n\n')}\n`;
}

/** Items are written in full while they fit, then in short form, then only counted. */
function fill(section: Section, pointer: string, free: number): { text: string; used: number } {
  const kept: string[] = [];
  let used = 0;
  let left = 0;
  let shorten = false;
  for (const { full, short, count } of section.items) {
    shorten ||= used + full.length + 2 > free;
    const form = shorten ? short : full;
    if (left > 0 || used + form.length + 2 > free) {
      left += count;
    } else {
      kept.push(form);
      used += form.length + 2;
    }
  }
  const body = [
    ...(kept.length === 0 ? [] : [kept.join(section.layout === 'list' ? '\n' : '\n\n')]),
    ...(left === 0 ? [] : [moreLine(left, pointer)]),
  ];
  return { text: [opening(section), ...body, closing].join('\n\n'), used };
}

const closing = '</details>';

// Forges parse Markdown inside of the HTML only after an empty line.
function opening({ summary, open }: Section): string {
  return `<details${open ? ' open' : ''}>\n<summary>${summary}</summary>`;
}

function moreLine(count: number, pointer: string): string {
  return `… ${count} more ${count === 1 ? 'change' : 'changes'}: ${pointer}`;
}

function shellLength(section: Section, pointer: string): number {
  const count = section.items.reduce((sum, item) => sum + item.count, 0);
  return opening(section).length + moreLine(count, pointer).length + closing.length + 8;
}
