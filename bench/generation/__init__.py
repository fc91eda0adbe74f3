"""The benchmark of generation: 20 briefs of 6 real authors, judged by a scorer that reranking never sees."""
