-- Text as numbers for language models.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
local M = {}

-- Characters of UTF-8; a byte that is none stands for itself.
local function each_character(text)
   local at = 1
   return function()
      if at > #text then return nil end
      local first = text:byte(at)
      local n = first < 0xc2 and 1 or first < 0xe0 and 2 or first < 0xf0 and 3 or first < 0xf5 and 4 or 1
      if n > 1 and not text:find('^[\128-\191]' .. ('[\128-\191]'):rep(n - 2), at + 1) then n = 1 end
      local c = text:sub(at, at + n - 1)
      at = at + n
      return c
   end
end
M.each_character = each_character

--- data.characters(text) -> tokenizer: a data.Tokenizer whose tokens are the characters (UTF-8) that the text has, in
-- the order of their bytes. What is no UTF-8 is a token a byte.
function M.characters(text)
   checks.check('characters', 1, 'text', 'string', text)
   local seen, tokens = {}, {}
   for c in each_character(text) do
      if not seen[c] then
         seen[c] = true
         tokens[#tokens + 1] = c
      end
   end
   table.sort(tokens)
   return data.Tokenizer('characters', tokens, {})
end

--- data.bpe(text, size) -> tokenizer: a data.Tokenizer by byte pairs, learned from a text: the 256 bytes, and further
-- tokens up to `size`, each the most frequent pair of neighbours so far (the first in order of their numbers, where
-- several are). Pairs do not reach over words; a word begins with its space. It encodes and decodes any bytes
-- exactly.
function M.bpe(text, size)
   checks.check('bpe', 1, 'text', 'string', text)
   checks.check('bpe', 2, 'size', 'whole', size)
   if size < 256 then checks.wrong('bpe', 2, 'size', 'at least 256, the number of bytes, expected, got %d', size) end
   return require('data.bytepairs').learn(text, size)
end

--- data.loadTokenizer(file) -> tokenizer: the tokenizer that tokenizer:save(file) has written.
function M.loadTokenizer(file)
   checks.check('loadTokenizer', 1, 'file', 'string', file)
   local ok, tokenizer = pcall(torch.load, file)
   if not ok then checks.fail('loadTokenizer', '%s', tokenizer) end
   if torch.typename(tokenizer) ~= 'data.Tokenizer' then checks.fail('loadTokenizer', '%s holds no tokenizer', file) end
   return tokenizer
end

--- data.text(tokens, length [, stride=length]) -> set: a set of pieces of a text for learning what comes next: inputs
-- are `length` tokens from every stride-th place on, targets the tokens that follow each of them. tokens:
-- LongTensor, as from tokenizer:encode(text).
function M.text(tokens, length, stride)
   if not torch.isTensor(tokens) or tokens:dim() ~= 1 then
      checks.wrong('text', 1, 'tokens', 'vector of tokens expected (tokenizer:encode(text)), got %s', require('libtorch').describe(tokens))
   end
   checks.check('text', 2, 'length', 'whole', length)
   checks.check('text', 3, 'stride', 'whole|nil', stride)
   local n = tokens:size(1)
   if n <= length then checks.wrong('text', 2, 'length', '%d tokens give no piece of %d and its next token', n, length) end
   return data.tensors(tokens:narrow(1, 1, n - 1):unfold(1, length, stride or length), tokens:narrow(1, 2, n - 1):unfold(1, length, stride or length))
end

return M
