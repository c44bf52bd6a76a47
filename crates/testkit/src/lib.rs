//! What tests build with: scenarios as data and a naive second evaluator.
