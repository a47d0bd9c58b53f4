/** Replies as chat models write them, for tests of how they are rendered. */

const CODE = `Here is how to **count words** in Python:

\`\`\`python
import sys

def count(path: str) -> int:
    """Words in a file."""
    with open(path) as file:  # closes itself
        return sum(len(line.split()) for line in file)

print(count(sys.argv[1]))
\`\`\`

Run it with \`python count.py notes.txt\`. It takes **one pass**, so even *large* files are fine.`

const TABLE = `## Comparison

| Feature | SQLite | Redis |
|:--------|:------:|------:|
| Storage | one *file* | memory |
| Speed | **fast** | \`very\` fast |
| Price | 0 | 0 |

In short: use SQLite on one machine.`

const STEPS = `To fix it:

1. Open the **settings** page.
2. Choose *Network*:
   - turn off \`IPv6\`
   - set DNS to [Quad9](https://www.quad9.net/ "their page")
3. Restart.

\`\`\`bash
sudo systemctl restart NetworkManager
\`\`\`

4. Check that it works.

- [x] cable
- [ ] router

> **Note:** this *may* take
> a minute or two.

---

See https://wiki.archlinux.org/title/NetworkManager for more.`

/** By what is in them. */
export const REPLIES: Readonly<Record<string, string>> = {
  'one line': 'Inflation is a general rise in prices over time.',
  'code in a language': CODE,
  'a table': TABLE,
  steps: STEPS,
  'several of all': `${CODE}\n\n${TABLE}\n\n${STEPS}`,
  headings: '# Title\n\nText\n\n## Part *one*\n\nMore text\n\nOld heading\n===\n\nend #hashtag',
  emphasis:
    '***both*** and **bold with *nested* words**, ~~gone~~, __strong__ and _em_; 2 * 3 * 4, snake_case_name.',
  'right to left': '# مرحبا\n\nهذا **نص** مع `code`.\n\n- واحد\n- اثنان\n\n1. שלום\n2. עולם',
  verse: 'Roses are red,\nViolets are **blue**,\nSugar is sweet.\n\nName: Ada\nBorn: 1815',
  links:
    'A [link](https://example.com/a_b(c)), a picture ![of *it*](https://example.com/i.png), <https://x.example>, and mail@example.com.',
  'a late target':
    'See [the manual][m] and [the other].\n\nText between.\n\n[m]: https://example.com/m\n[the other]: <https://example.com/o> "title"',
  'nested lists':
    '- a\n  - b **c**\n    - d\n\n      more of d\n  - e\n- f\n\n\n* g\n* h\n\n2) i\n3) j',
  'nested fences':
    '````md\n```js\nlet a\n```\n````\n\n~~~\ntilde\n~~~\n\n    indented **code**\n\nend',
  'html in text':
    'Use `<b>` or <b>bold</b>, `Vec<T>` & Vec<T>:\n\n<details>\n<summary>More</summary>\n\nHidden *text*\n\n</details>',
  'a quote in a list':
    '- first\n  > quoted **text**\n  > goes on\n\n  after\n- second\n\n> > deep\n> back\nlazy line',
  'unended marks':
    'This ** is not bold, nor `is this code, nor [this a link](https://, and 5 * 6.\n\n```\nnever closed',
  'line ends of Windows': 'One\r\nTwo **three**\r\n\r\n- a\r\n- b\r\n\r\n```js\r\nlet a\r\n```\r\n',
  emoji: '😀 **bold 👩‍👩‍👧** and *日本語のテキスト*。\n\n| 😀 | 語 |\n|---|---|\n| a | b |',
}
