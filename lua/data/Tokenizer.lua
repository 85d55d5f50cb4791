--- data.Tokenizer(kind, tokens, merges): text as numbers from 1 on, and back; made by data.characters and data.bpe.
local data = require 'data'
local checks = require 'data.fail'
local torch = torch
local Tokenizer = torch.class('data.Tokenizer', data)

-- kind: 'characters' or 'bytes'; tokens: list of strings; merges: list of {left, right, made}
function Tokenizer:__init(kind, tokens, merges)
   self.kind, self.tokens, self.merges = kind, tokens, merges
end

--- tokenizer:size() -> n: the number of tokens.
function Tokenizer:size() return #self.tokens end

-- What encoding needs and files do not have.
local indices = setmetatable({}, {__mode = 'k'})
local function index_of(self)
   local index = indices[self]
   if not index then
      index = {}
      for k, token in ipairs(self.tokens) do index[token] = k end
      indices[self] = index
   end
   return index
end

local function encode_characters(self, text)
   local index, list, at = index_of(self), {}, 1
   for c in require('data.text').each_character(text) do
      local k = index[c]
      if not k then checks.fail('Tokenizer.encode', 'the text has %q at byte %d, which is none of the %d characters that are known', c, at, #self.tokens) end
      list[#list + 1] = k
      at = at + #c
   end
   return list
end

--- tokenizer:encode(text) -> tokens: its tokens, a LongTensor; empty for ''. Errors: a character that data.characters
-- did not see.
function Tokenizer:encode(text)
   checks.check('Tokenizer.encode', 1, 'text', 'string', text)
   local list = self.kind == 'characters' and encode_characters(self, text) or require('data.bytepairs').encode(self, text)
   return #list > 0 and torch.LongTensor(list) or torch.LongTensor()
end

--- tokenizer:decode(tokens) -> text: the text of a vector or list of tokens, or of a single one; to the byte what was
-- encoded.
function Tokenizer:decode(tokens)
   if type(tokens) == 'number' then tokens = {tokens} end
   if torch.isTensor(tokens) then tokens = tokens:dim() > 0 and tokens:contiguous():view(-1):totable() or {} end
   checks.check('Tokenizer.decode', 1, 'tokens', 'table', tokens)
   local parts = {}
   for i, k in ipairs(tokens) do
      parts[i] = self.tokens[k] or checks.fail('Tokenizer.decode', 'token %d is %s; there are tokens 1 to %d', i, tostring(k), #self.tokens)
   end
   return table.concat(parts)
end

--- tokenizer:save(file): writes it, for data.loadTokenizer.
function Tokenizer:save(file) torch.save(file, self) end

function Tokenizer:__tostring__() return ('data.Tokenizer of %d %s'):format(#self.tokens, self.kind == 'characters' and 'characters' or 'byte pairs') end
