import { CONFIG_OPTION, CONFIG_VARIABLE } from './sources.js';
import { OPTIONS } from './settings.js';
import type { NamedOption } from './settings.js';

/** The options of `madang serve` for `--help`: one block per option, by group. `columns` is the width to wrap at. */
export function formatHelp(columns = 100): string {
  const width = Math.max(40, columns);
  const lines: string[] = [
    'Configuration file',
    ...helpBlock(`${CONFIG_OPTION} FILE`, 'JSON with the keys below.', width),
  ];
  let group = '';
  for (const row of OPTIONS) {
    if (row.group !== group) {
      group = row.group;
      lines.push('', group);
    }
    lines.push(
      ...helpBlock(usageOf(row), `${row.definition.description} Default: ${defaultOf(row)}.`, width),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The text of docs/configuration.md. */
export function formatConfigurationDocument(): string {
  const groups = [...new Set(OPTIONS.map((row) => row.group))];
  const tables = groups.map((group) => {
    const rows = OPTIONS.filter((row) => row.group === group).map(documentRow);
    return [
      `## ${group}`,
      '',
      '| option | key | default | values | |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ].join('\n');
  });
  return `${[INTRODUCTION, ...tables].join('\n\n')}\n`;
}

const INTRODUCTION = `# Configuration

<!-- Written by scripts/write-configuration-docs.mjs from packages/server/src/config/schema.ts: change it there. -->

Every setting of \`madang serve\` is an option, an environment variable and a key of the configuration file. The command
line beats the environment, the environment beats the file, the file beats the default.

- Option: \`--turn-port 3478\` or \`--turn-port=3478\`. A switch needs no value; \`--no-NAME\` turns it off. An option that
  takes a list may be given several times.
- Environment: \`MADANG_\` and the name of the option in capitals with underscores, \`MADANG_TURN_PORT=3478\`. An empty
  variable counts as not set. A \`MADANG_\` variable that nothing reads is an error.
- Configuration file: \`${CONFIG_OPTION} FILE\` or \`${CONFIG_VARIABLE}\`, one JSON object, \`{ "turnPort": 3478 }\`. Lists are
  arrays, or text with commas.

A value that is unknown, malformed or contradicts another stops the start with exit status 2 and one line that says
which, why, and what to write instead.`;

function documentRow(row: NamedOption): string {
  const { definition, key, option } = row;
  const unit = definition.unit === undefined ? '' : ` (${definition.unit})`;
  const cells = [
    `\`${option}\``,
    `\`${key}\``,
    defaultOf(row),
    `${definition.kind.range}${unit}`,
    definition.description,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function defaultOf({ definition }: NamedOption): string {
  return definition.defaultText ?? definition.kind.show(definition.default);
}

function usageOf({ option, definition }: NamedOption): string {
  return definition.kind.shape === 'switch' ? option : `${option} ${definition.kind.placeholder}`;
}

function helpBlock(usage: string, description: string, width: number): string[] {
  const indent = '      ';
  const lines = [`  ${usage}`];
  let line = indent;
  for (const word of description.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  lines.push(line);
  return lines;
}
