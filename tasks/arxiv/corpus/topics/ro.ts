import { type Topic, terms } from '../lexicon.ts';

export const ro: Topic = {
  label: 'cs.RO',
  neighbours: ['cs.CV', 'cs.AI', 'cs.LG', 'cs.NE', 'cs.SE'],
  core: {
    tasks: terms(
      'motion planning, localization, grasping, manipulation, navigation, trajectory optimization, state estimation, mapping, legged locomotion, collision avoidance, teleoperation, force control',
    ),
    methods: terms(
      'controller, robot arm, gripper, path planner, Kalman filter, model predictive controller, sensor fusion module, actuator, quadrotor, simulator, exoskeleton, factor graph, haptic interface, dynamics model',
    ),
    objects: terms(
      'robots, obstacles, trajectories, joints, sensors, vehicles, contacts, environments, drones, landmarks, torques, scenes, operators, payloads',
    ),
    qualities: terms(
      'robotic, autonomous, kinematic, dynamic, compliant, real-time, tactile, underactuated, aerial, mobile, safe',
    ),
    measures: terms(
      'tracking error, success rate, localization drift, path length, control effort, grasp stability',
    ),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('visual servoing, robot soccer, occupancy mapping, inverse kinematics'),
      methods: terms(
        'sampling-based roadmap, impedance controller, particle filter, parallel mechanism, laser scanner',
      ),
      objects: terms('occupancy grids, waypoints, wheeled platforms, end effectors, humanoids'),
      qualities: terms('nonholonomic, cable-driven, swarm-based'),
      measures: terms('settling time, manipulability'),
    },
    {
      from: 32,
      until: 120,
      tasks: terms('imitation learning, sim-to-real transfer, language-conditioned manipulation'),
      methods: terms('diffusion policy, quadruped controller, neural map, whole-body controller'),
      objects: terms('demonstrations, embodied agents, deformable parts'),
      qualities: terms('embodied, dexterous, language-conditioned'),
      measures: terms('transfer gap, intervention rate'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('humanoid control, cross-embodiment learning, gaussian splatting, long-horizon autonomy'),
      methods: terms(
        'vision-language-action model, action tokenizer, world model, tactile skin, flow matching model',
      ),
      objects: terms('action chunks, humanoid skills, egocentric videos, splats, camera trajectories'),
      qualities: terms('whole-body, bimanual, open-vocabulary'),
      measures: terms('task completion, motion realism, retargeting error'),
    },
  ],
};
