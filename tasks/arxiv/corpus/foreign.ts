import type { Random } from '../../../ml/random.ts';
import { pick } from '../../generated/sample.ts';

/** An abstract that an English classifier must not learn from. `NAME` stands for the system's name. */
interface ForeignText {
  readonly title: string;
  readonly sentences: readonly string[];
}

const TEXTS: readonly ForeignText[] = [
  {
    title: 'NAME : une méthode simple pour comparer des systèmes de calcul',
    sentences: [
      'Cet article présente NAME, une méthode simple qui permet de comparer des systèmes de calcul dont la structure change au fil du temps.',
      "Les approches existantes supposent que toutes les données sont connues d'avance, ce qui est rarement le cas dans la pratique.",
      "Nous proposons un algorithme qui apprend à partir de peu d'exemples et dont nous démontrons la convergence.",
      'Les expériences menées sur plusieurs jeux de données montrent que notre méthode réduit le temps de calcul sans perte de qualité.',
      'Enfin, nous discutons des limites de cette approche et des questions qui restent ouvertes pour de futurs travaux.',
    ],
  },
  {
    title: 'NAME: ein einfaches Verfahren zum Vergleich rechnender Systeme',
    sentences: [
      'In dieser Arbeit stellen wir NAME vor, ein einfaches Verfahren zum Vergleich von Systemen, deren Aufbau sich mit der Zeit ändert.',
      'Bisherige Ansätze setzen voraus, dass alle Daten von Anfang an bekannt sind, was in der Praxis nur selten der Fall ist.',
      'Wir entwickeln einen Algorithmus, der aus wenigen Beispielen lernt, und beweisen, dass er unter schwachen Annahmen konvergiert.',
      'Versuche mit mehreren Datensätzen zeigen, dass unser Verfahren die Rechenzeit deutlich verringert, ohne dass die Güte darunter leidet.',
      'Abschließend besprechen wir die Grenzen dieses Ansatzes und die Fragen, die für künftige Arbeiten offen bleiben.',
    ],
  },
  {
    title: 'NAME: un método sencillo para comparar sistemas de cómputo',
    sentences: [
      'En este artículo presentamos NAME, un método sencillo que permite comparar sistemas de cómputo cuya estructura cambia con el tiempo.',
      'Los enfoques existentes suponen que todos los datos se conocen de antemano, lo que rara vez ocurre en la práctica.',
      'Proponemos un algoritmo que aprende a partir de pocos ejemplos y demostramos que converge bajo hipótesis débiles.',
      'Los experimentos realizados con varios conjuntos de datos muestran que nuestro método reduce el tiempo de cálculo sin perder calidad.',
      'Por último, discutimos los límites de este enfoque y las preguntas que quedan abiertas para trabajos futuros.',
    ],
  },
];

/** An abstract of about 90 words in French, German or Spanish. */
export function foreignText(name: string, random: Random): { title: string; abstract: string } {
  const { title, sentences } = pick(TEXTS, random);
  return { title: title.replace('NAME', name), abstract: sentences.join(' ').replaceAll('NAME', name) };
}
