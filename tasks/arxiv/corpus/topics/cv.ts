import { type Topic, terms } from '../lexicon.ts';

export const cv: Topic = {
  label: 'cs.CV',
  neighbours: ['cs.LG', 'cs.RO', 'cs.AI', 'cs.CL', 'cs.NE'],
  core: {
    tasks: terms(
      'object detection, image segmentation, pose estimation, face recognition, image classification, optical flow estimation, depth estimation, visual tracking, image restoration, action recognition, scene reconstruction, image retrieval',
    ),
    methods: terms(
      'convolutional network, detector, feature extractor, image encoder, segmentation model, backbone, camera model, saliency map, visual descriptor, rendering pipeline, super-resolution network, stereo matcher, generative model, attention mechanism',
    ),
    objects: terms(
      'images, pixels, videos, frames, faces, cameras, patches, scenes, regions, point clouds, scans, masks, keypoints, textures',
    ),
    qualities: terms(
      'visual, spatial, photometric, geometric, high-resolution, volumetric, occluded, panoramic, pixel-wise, perceptual, multi-view',
    ),
    measures: terms(
      'mean average precision, image quality, intersection over union, reprojection error, frame rate, visual fidelity',
    ),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('person re-identification, style transfer, crowd counting, image dehazing'),
      methods: terms(
        'adversarial generator, residual block, region proposal, anchor assignment, radiance field',
      ),
      objects: terms('bounding boxes, feature maps, pedestrians, landmarks, silhouettes'),
      qualities: terms('convolutional, anchor-free, multi-scale'),
      measures: terms('peak signal, rank-one accuracy'),
    },
    {
      from: 30,
      until: 120,
      tasks: terms('text-to-image generation, open-vocabulary detection, promptable segmentation'),
      methods: terms('diffusion model, vision transformer, vision-language model, masked autoencoder'),
      objects: terms('captions, image-text pairs, denoising steps'),
      qualities: terms('text-guided, open-vocabulary, zero-shot'),
      measures: terms('inception distance, prompt fidelity'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms(
        'video generation, gaussian splatting, visual grounding, spatial reasoning, persona simulation',
      ),
      methods: terms(
        'flow matching model, world simulator, token pruner, multimodal reasoner, state-space backbone',
      ),
      objects: terms('splats, video tokens, camera trajectories, avatars, reasoning traces'),
      qualities: terms('autoregressive, controllable, feed-forward'),
      measures: terms('temporal coherence, motion realism, token budget'),
    },
  ],
};
