/** A part of a comment that is folded away: a heading that stays, and items of which some may have to be left out. */
export interface Section {
  /** HTML-safe words of the line that stays visible. */
  readonly summary: string;
  readonly open: boolean;
  readonly items: readonly Item[];
  /** How the items are joined: `blocks` by empty lines, `list` as one list. */
  readonly layout: 'blocks' | 'list';
}

export interface Item {
  readonly full: string;
  /** A line that says the least; used where the full form no longer fits. */
  readonly short: string;
  /** Changes of the plan that it stands for. */
  readonly count: number;
}

export interface Comment {
  /** Blocks before the sections; they are never left out. */
  readonly head: readonly string[];
  readonly sections: readonly Section[];
  readonly foot: readonly string[];
  /** Words after `… 143 more changes`. */
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

/** In full while they fit, then in short, then only counted. */
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

// The empty line after the summary is what makes forges read Markdown inside of the HTML.
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
