/**
 * Sentences with gaps. `{task}`, `{method}`, `{objects}`, `{quality}` and `{measure}` take a word of that kind
 * (`{Task}` begins a sentence), `{name}` the name of the paper's own system, `{rival}` that of an earlier one,
 * `{percent}`, `{factor}` and `{count}` a number; of `[this|that]` one is taken.
 */
type Templates = readonly string[];

export const TITLES: Templates = [
  '{name}: a {quality} {method} for {task}',
  '{name}: {task} with {quality} {objects}',
  '{name}: {quality} {task} by a {method}',
  'towards {quality} {task} with {objects}',
  '[learning|modelling|understanding|exploring|organising] {quality} {objects} for {task}',
  'on the {measure} of {quality} {task}',
  'a {quality} {method} for {task} over {objects}',
  '[improving|rethinking|revisiting|evaluating|accelerating] {task} [with|through|via] {quality} {objects}',
  'from {objects} to {objects}: {quality} {task}',
  '[efficient|robust|scalable|simple] {task} [using|with] a {quality} {method}',
  'how [do|can] {quality} {objects} [shape|improve|affect|support] {task}?',
  '{task} meets {task}: [a study|a survey|an evaluation] of {objects}',
];

export const OPENINGS: Templates = [
  '{Task} is [a central problem|an important challenge|a long-standing problem|a key step] in {task}.',
  '{Quality} {objects} [play a central role|are widely used|are of growing interest] in {task} and {task}.',
  '[Recent advances|Advances|Recent results] in {task} [have made|make] it possible to [build|design|deploy] {quality} {objects} at scale.',
  'Many {quality} systems [rely|depend] on a {method} to [handle|manage|analyse|organise] {objects}.',
  'As {objects} [grow in number|become more complex|become more common], {task} [becomes harder|needs new tools|remains difficult].',
  'The [success|adoption|spread] of {quality} {objects} has [raised|renewed] interest in {task}.',
  '{Objects} and {objects} are [the basis|at the heart|among the building blocks] of {quality} {task}.',
  '[Although|While] {task} has been studied for [years|decades], little is known about {quality} {objects}.',
  'In many applications of {task}, {objects} must be [processed|understood|compared|collected] together with {objects}.',
];

export const GAPS: Templates = [
  'However, the usual {method} [assumes|requires] {quality} {objects} and [ignores|neglects|cannot model] {objects}.',
  'Existing approaches to {task} [suffer from|are limited by] poor {measure} when {objects} are {quality}.',
  '[Yet it is unclear|It remains an open question] whether a {quality} {method} [can improve|helps with|is enough for] {task}.',
  'A [major|practical|common] [obstacle|bottleneck] is the [lack|scarcity|cost] of {quality} {objects} for {task}.',
  'Current practice [treats|handles] {objects} and {objects} separately, which [hurts|limits] {measure}.',
  'Most methods for {task} trade {measure} for {measure} and do not [scale|apply|generalise] to {objects}.',
  'Unfortunately, {objects} are [often|rarely] {quality}, [and|so] the {method} [fails|breaks down|is of little use].',
  'A naive {method} [wastes|loses|ignores] {measure} where {objects} are {quality}.',
  'Doing so by hand is [slow|costly|error-prone], because {objects} [change over time|differ widely|interact with {objects}].',
];

export const CONTRIBUTIONS: Templates = [
  '[In this paper|In this work|Here], we [propose|introduce|present|describe|develop] {name}, a {quality} {method} for {task}.',
  'We [propose|introduce|present|develop] {name}, a {method} that [combines|couples|unites] {task} with a {quality} {method}.',
  'This paper [presents|introduces|proposes|describes] {name}, a {quality} framework for {task} over {objects}.',
  'To [close this gap|address this|this end], we [propose|introduce|present|design] {name}, which [learns|builds|derives|estimates] a {quality} {method} from {objects}.',
  'We [study|revisit|investigate|formalise] {task} with {objects} and [propose|present] {name}, a {quality} {method}.',
];

export const DETAILS: Templates = [
  '{name} [represents|encodes|models] {objects} as {quality} {objects} and [feeds|passes] them to a {method}.',
  '[The key idea|Our idea|The main idea] is to [replace|extend|augment|guide] the {method} by a {quality} {method}.',
  'First, {objects} are [grouped|filtered|ranked|sampled] by a {method}; [then|next], a {quality} {method} [refines|selects|checks|merges] the {objects}.',
  'A {quality} {method} [controls|decides|determines] which {objects} are [kept|used|updated] [during|for] {task}.',
  'We [show|prove] that the {method} [converges|is sound|is optimal|is consistent] [when|whenever|if] the {objects} are {quality}.',
  'Unlike {rival}, {name} [does not need|needs no|avoids] {quality} {objects} and [supports|allows|handles] {task}.',
  '[By design|Moreover|In addition], {name} [works|integrates|can be combined] with {quality} {objects} and any existing {method}.',
  'The {method} is [trained|tuned|evaluated|built] on {quality} {objects}, with {task} as an [auxiliary|additional|intermediate] [goal|task|step].',
  'We [analyse|characterise|quantify] how {measure} and {measure} [depend on|vary with] the [number|size|choice] of {objects}.',
  '[Inspired by|Building on|Starting from] {task}, we [derive|define|design] a {quality} {method} that [exploits|uses|respects] {objects}.',
  '{Objects} are [stored|organised|aligned|described] by means of a {quality} {method}, which [reduces|limits|improves] {measure}.',
];

export const RESULTS: Templates = [
  'Experiments on {count} [datasets|benchmarks|collections] of {objects} [show|demonstrate|indicate] that {name} improves {measure} by {percent} over {rival}.',
  '[On|Across] {count} {quality} benchmarks, {name} [outperforms|improves on|beats] {rival} and other baselines [in|in terms of] {measure}, at {factor} times lower cost.',
  '{name} [reaches|achieves|attains] {percent} in {measure} on {quality} {objects}, [compared with|against] {percent} for {rival}.',
  'A case study with {count} {objects} [confirms|shows|suggests] that the {quality} {method} [scales|generalises|transfers] to {task}.',
  '[Ablations|Further experiments|Simulations] [show|reveal|confirm] that the {method} [accounts for|explains|brings] most of the gain in {measure}.',
  '[Compared with|Relative to] {rival}, the {measure} [rises|grows|improves] by {percent} and the {measure} [falls|drops|shrinks] by {percent}.',
  'We [evaluate|test|validate] {name} on {task} and {task}, where it [cuts|reduces|lowers] the [cost|time|effort] of {task} by {percent}.',
];

export const CLOSINGS: Templates = [
  '[Our findings|These results|The results] [suggest|show|indicate] that {quality} {objects} [matter|help|are sufficient] for {task}.',
  'We [discuss|outline] [open problems|limitations|implications] for {task} and {quality} {objects}.',
  'This is a step towards {quality} {task}.',
  'We [hope|expect] that {name} will help [researchers|practitioners|the community] working on {task}.',
  'Finally, we [release|share] {count} {quality} {objects} for [future|further] research on {task}.',
];

export const FORMULAS: Templates = [
  'Its running time is $O(n \\log n)$ in the number of {objects}.',
  'For any $\\epsilon > 0$, a {method} with $k = O(1/\\epsilon^2)$ {objects} is enough.',
  'We set $\\lambda = {factor}$ for all {objects}, where $\\lambda$ weighs {measure} against {measure}.',
  'The {method} needs \\(n + m\\) {objects} in the worst case \\cite{gen{count}}.',
];

export const LINKS: Templates = [
  'Code is available at https://example.org/{name}.',
  'Our code and {objects} are [public|released]: \\url{https://example.org/code/{name}}',
  'The project page is http://www.example.org/~lab/{name}/index.html.',
  'Write to {name}@example.org for the {objects}.',
];
