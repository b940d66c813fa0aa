"""The paper's example systems and the counterexamples."""
