/** ok: as it should be. note: worth knowing. warning: works, but not for everybody. broken: mend it. */
export type Verdict = 'ok' | 'note' | 'warning' | 'broken';

/** One thing that was looked at, in one line: what it is, what was found, and what to do about it. */
export interface Finding {
  readonly verdict: Verdict;
  readonly subject: string;
  readonly text: string;
}

export interface FindingGroup {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** The findings as lines for people; subjects of a group stand in one column. */
export function formatFindings(groups: readonly FindingGroup[]): string {
  const lines = groups.flatMap(({ title, findings }) => {
    const width = Math.max(0, ...findings.map(({ subject }) => subject.length));
    return [
      '',
      title,
      ...findings.map(
        ({ verdict, subject, text }) => `  ${MARKS[verdict]} ${subject.padEnd(width)}  ${text}`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}

/** One closing sentence. */
export function summarize(groups: readonly FindingGroup[]): string {
  const count = (verdict: Verdict): number =>
    groups.reduce((sum, { findings }) => sum + findings.filter((one) => one.verdict === verdict).length, 0);
  const [broken, warnings] = [count('broken'), count('warning')];
  const warned = warnings === 0 ? '' : `, ${warnings} to look at (!)`;
  if (broken === 0) return `Nothing is broken${warned}.`;
  return `${broken} ${broken === 1 ? 'thing is' : 'things are'} broken (✗)${warned}.`;
}

/** Whether anything is broken. */
export function isBroken(groups: readonly FindingGroup[]): boolean {
  return groups.some(({ findings }) => findings.some(({ verdict }) => verdict === 'broken'));
}

const MARKS: Readonly<Record<Verdict, string>> = { ok: '✓', note: '·', warning: '!', broken: '✗' };
