import { type Topic, terms } from '../lexicon.ts';

export const lg: Topic = {
  label: 'cs.LG',
  neighbours: ['cs.AI', 'cs.CV', 'cs.NE', 'cs.CL', 'cs.DC'],
  core: {
    tasks: terms(
      'classification, regression, representation learning, clustering, reinforcement learning, domain adaptation, online learning, time series forecasting, anomaly detection, density estimation, active learning, feature selection',
    ),
    methods: terms(
      'neural network, loss function, regularizer, kernel method, gradient estimator, decision tree, classifier, ensemble, generative model, optimizer, policy gradient, bandit algorithm, contrastive objective, graph neural network',
    ),
    objects: terms(
      'samples, gradients, features, labels, distributions, representations, policies, parameters, rewards, time series, graphs, tasks, losses, weights',
    ),
    qualities: terms(
      'supervised, generalizable, convex, stochastic, unsupervised, regularized, overparameterized, calibrated, differentiable, sparse, label-efficient',
    ),
    measures: terms(
      'generalization error, sample complexity, regret, accuracy, calibration error, training time',
    ),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('multi-label learning, metric learning, collaborative filtering, imitation learning'),
      methods: terms(
        'support vector machine, variational autoencoder, normalizing flow, random forest, matrix factorization',
      ),
      objects: terms('kernels, latent codes, mini-batches, decision boundaries, imbalanced classes'),
      qualities: terms('variational, low-rank, semi-supervised'),
      measures: terms('variational gap, margin width'),
    },
    {
      from: 29,
      until: 120,
      tasks: terms('federated optimization, self-supervised pretraining, parameter-efficient tuning'),
      methods: terms('low-rank adapter, tabular foundation model, diffusion model, neural operator'),
      objects: terms('pretrained weights, clients, adapters'),
      qualities: terms('self-supervised, federated, foundation-scale'),
      measures: terms('forgetting, compute budget'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('mechanistic analysis, preference alignment, data attribution, test-time training'),
      methods: terms(
        'sparse autoencoder, reward model, state-space model, flow matching model, expert router',
      ),
      objects: terms('circuits, preference pairs, rollouts, scaling laws, steering vectors'),
      qualities: terms('mechanistic, in-context, verifiable'),
      measures: terms('reward hacking, win rate, horizon length'),
    },
  ],
};
