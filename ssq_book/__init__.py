"""The book and its machinery: chapters, ledger of claims, explorers, reruns, stored results."""
