// docs/compatibility.md, made of what a run found.
import { features } from './features.mjs'

const marks = { works: 'works', fails: '**fails**', 'not in this client': '–' }

/** The document; `outcomes` holds one entry a client, in the order of its columns. */
export function compatibility(outcomes, { date = new Date(), node = process.version } = {}) {
  const ran = outcomes.filter(({ results }) => results !== undefined)
  return [
    '# Clients that work',
    '',
    'Made by `npm run test:interop -- --write`: each client, installed by its own package manager, runs the same list against',
    '`duramen serve` and checks every byte and its order. It is not edited by hand.',
    '',
    `Last run on ${date.toISOString().slice(0, 10)}, the broker on Node ${node.slice(1)}.`,
    '',
    ...table(
      ['client', 'language', 'version', 'works', 'fails', 'not in the client'],
      outcomes.map(summary),
    ),
    '',
    '## Feature by feature',
    '',
    ...table(
      ['', ...ran.map(({ name }) => name)],
      features.map((feature, i) => [
        feature,
        ...ran.map(({ results }) => marks[results[i].result]),
      ]),
    ),
    '',
    '"–": the client has no call for it.',
    ...noted(ran),
    '',
  ].join('\n')
}

function summary({ name, language, version, results, leftOut }) {
  if (results === undefined) return [name, language, `not run: ${sentence(leftOut)}`, '', '', '']
  const counted = (wanted) => `${results.filter(({ result }) => result === wanted).length}`
  return [name, language, version, ...Object.keys(marks).map(counted)]
}

function noted(ran) {
  const notes = ran.flatMap(({ name, results }) =>
    results
      .filter(({ note }) => note)
      .map(({ feature, note }) => `- ${name}, ${feature}: ${sentence(note)}`),
  )
  return notes.length === 0 ? [] : ['', '## Notes', '', ...notes]
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

/** The first line of what a program said, fit for a cell. */
function sentence(text) {
  return text.split('\n')[0].replaceAll('|', '\\|')
}
