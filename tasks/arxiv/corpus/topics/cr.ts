import { type Topic, terms } from '../lexicon.ts';

export const cr: Topic = {
  label: 'cs.CR',
  neighbours: ['cs.SE', 'cs.LG', 'cs.DC', 'cs.DB', 'cs.AI'],
  core: {
    tasks: terms(
      'intrusion detection, authentication, key exchange, malware analysis, access control, anonymous communication, privacy preservation, vulnerability discovery, secure computation, traffic analysis, digital forensics, fraud detection',
    ),
    methods: terms(
      'encryption scheme, cryptographic protocol, signature scheme, threat model, adversary, hash function, security proof, honeypot, firewall, blockchain, secret sharing scheme, trusted enclave, fuzzer, side-channel attack',
    ),
    objects: terms(
      'attackers, keys, ciphertexts, passwords, vulnerabilities, certificates, exploits, packets, devices, credentials, transactions, victims, binaries, permissions',
    ),
    qualities: terms(
      'secure, cryptographic, malicious, private, anonymous, adversarial, tamper-proof, authenticated, forensic, post-quantum, stealthy',
    ),
    measures: terms('attack success, leakage, detection rate, key size, false alarms, security margin'),
  },
  eras: [
    {
      from: -20,
      until: 64,
      tasks: terms('botnet takedown, smart contract auditing, contact tracing, captcha solving'),
      methods: terms(
        'garbled circuit, permissioned ledger, attribute-based cipher, onion router, password meter',
      ),
      objects: terms('miners, wallets, phishing pages, ransomware families, certificates authorities'),
      qualities: terms('lattice-based, permissionless, homomorphic'),
      measures: terms('gas cost, mining reward'),
    },
    {
      from: 32,
      until: 120,
      tasks: terms('differential privacy, model watermarking, machine unlearning'),
      methods: terms(
        'membership inference attack, backdoor trigger, zero-knowledge proof, watermark detector',
      ),
      objects: terms('poisoned samples, training records, trojans'),
      qualities: terms('differentially private, zero-knowledge, backdoored'),
      measures: terms('privacy budget, unlearning cost'),
    },
    {
      from: 56,
      until: 120,
      tasks: terms('prompt injection defence, jailbreak detection, agent sandboxing, deepfake attribution'),
      methods: terms(
        'guardrail, red-teaming harness, safety classifier, provenance manifest, confidential accelerator',
      ),
      objects: terms('jailbreaks, injected instructions, agent permissions, tool calls, dialogue turns'),
      qualities: terms('jailbroken, provenance-tracked, aligned'),
      measures: terms('refusal rate, injection success, pass rate'),
    },
  ],
};
