-- Attention (Vaswani and others, 2017), in blocks of queries and keys, so that no queries x keys matrix is kept (Rabe, Staats,
-- 2021; Dao and others, 2022).

kernel "Attention_updateOutput" {doc = [[
      output = softmax(scale query key') value for every sample and head. query is samples x queries x (heads n), key and value
      samples x keys x (heads n); a head is n neighbouring columns. Causal: query i sees the keys up to i + keys - queries.
      mask (samples x keys): keys where it is not 0 are not seen. A query that sees no key gets 0. logsum, samples x heads x
      queries, gets the logarithms of the softmaxes' sums.]],
   tensor"query", tensor"key", tensor"value", tensor{"mask", type = "Byte", optional = true}, out"output", out"logsum",
   long"heads", number"scale", flag"causal"}
kernel "Attention_updateGradInput" {doc = "The gradients have the sizes of query, key and value already.",
   tensor"query", tensor"key", tensor"value", tensor{"mask", type = "Byte", optional = true}, tensor"output", tensor"logsum",
   tensor"gradOutput", out"gradQuery", out"gradKey", out"gradValue", long"heads", number"scale", flag"causal"}
