import { Session } from 'node:inspector/promises';

export interface CoverageReport {
  readonly functions: { readonly covered: number; readonly total: number };
  /** Characters of code in functions. */
  readonly code: { readonly covered: number; readonly total: number };
}

/** The code that ran since coverage was last taken. */
export interface Taken {
  /** Whether code ran that is not recorded yet. */
  readonly isNew: boolean;
  keep(): void;
}

/** Block coverage by V8 of some source files. It sees what is loaded after {@link startCoverage} only. */
export interface Coverage {
  take(): Promise<Taken>;
  report(): CoverageReport;
  stop(): void;
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface ScriptRanges {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/** One byte for each character: 1 is in a function, 2 has run. */
type Marks = Uint8Array;

const inside = 1;
const ran = 2;

interface Known {
  readonly scripts: Map<string, Marks>;
  /** Functions by their place, and whether they ran. */
  readonly functions: Map<string, boolean>;
}

export async function startCoverage(isCovered: (url: string) => boolean): Promise<Coverage> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const known: Known = { scripts: new Map(), functions: new Map() };
  return {
    async take() {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      const seen = result.filter(({ url }) => isCovered(url));
      return {
        isNew: seen.some((script) => hasNews(known, script)),
        keep: () => {
          for (const script of seen) keep(known, script);
        },
      };
    },
    report: () => report(known),
    stop: () => session.disconnect(),
  };
}

function hasNews({ scripts }: Known, script: ScriptRanges): boolean {
  const marks = scripts.get(script.url);
  return functionsOf(script).some(
    (ranges) => isRun(ranges) && (marks === undefined || isNewIn(marks, ranges)),
  );
}

function isNewIn(marks: Marks, ranges: readonly Range[]): boolean {
  let isNew = false;
  forEachRun(ranges, (at) => {
    isNew ||= ((marks[at] ?? 0) & ran) === 0;
  });
  return isNew;
}

function keep({ scripts, functions }: Known, script: ScriptRanges): void {
  const own = functionsOf(script);
  const length = Math.max(0, ...script.functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0));
  const marks = scripts.get(script.url) ?? new Uint8Array(length);
  scripts.set(script.url, marks);
  for (const ranges of own) {
    const { startOffset = 0, endOffset = 0 } = ranges[0] ?? {};
    const key = `${script.url}:${startOffset}:${endOffset}`;
    functions.set(key, functions.get(key) === true || isRun(ranges));
    for (let at = startOffset; at < endOffset; at++) marks[at] = (marks[at] ?? 0) | inside;
    if (!isRun(ranges)) continue;
    forEachRun(ranges, (at) => {
      marks[at] = (marks[at] ?? 0) | ran;
    });
  }
}

/** Without the module function, which always runs at load: it comes first and starts at the first character. */
function functionsOf({ functions }: ScriptRanges): readonly (readonly Range[])[] {
  return functions
    .map(({ ranges }) => ranges)
    .filter(([whole], index) => index > 0 || whole?.startOffset !== 0);
}

function isRun([whole]: readonly Range[]): boolean {
  return whole !== undefined && whole.count > 0;
}

/** Inner ranges come after the outer ones and override them. */
function forEachRun(ranges: readonly Range[], visit: (at: number) => void): void {
  const { startOffset = 0, endOffset = 0 } = ranges[0] ?? {};
  const counted = new Uint8Array(endOffset - startOffset).fill(1);
  for (const { count, startOffset: from, endOffset: to } of ranges.slice(1)) {
    counted.fill(count > 0 ? 1 : 0, from - startOffset, to - startOffset);
  }
  for (let at = 0; at < counted.length; at++) if (counted[at] === 1) visit(startOffset + at);
}

function report({ scripts, functions }: Known): CoverageReport {
  const marks = [...scripts.values()];
  const count = (mark: number) => {
    let total = 0;
    for (const script of marks) for (const byte of script) if ((byte & mark) === mark) total++;
    return total;
  };
  return {
    functions: { covered: [...functions.values()].filter(Boolean).length, total: functions.size },
    code: { covered: count(inside | ran), total: count(inside) },
  };
}
