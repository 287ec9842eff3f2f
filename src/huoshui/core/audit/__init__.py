"""The audit log: what was done stands in a tree that anybody can check and nobody can change unseen.

leaves   the canonical bytes of one fact      tree   hashes, roots and proofs      notes   the texts handed out
"""
