--- Tokens of a language model: byte pairs as GPT-2 and its descendants merge them, from the descriptions of a GGUF file.
--
--    local tokens = Tokenizer.new(file:metadata())
--    tokens:encode('The capital of France is')  --> {505, 3576, 283, 4650, 315}, numbers from 1
--    tokens:decode{7043}                        --> ' Paris'
local Tokenizer = {}
Tokenizer.__index = Tokenizer

local function utf8(code)
   if code < 128 then return string.char(code) end
   if code < 2048 then return string.char(192 + math.floor(code / 64), 128 + code % 64) end
   return string.char(224 + math.floor(code / 4096), 128 + math.floor(code / 64) % 64, 128 + code % 64)
end

-- In the tokens' spelling every byte is a character that can be printed: those that cannot are moved to 256 and beyond.
local letter_of, byte_of = {}, {}
do
   local moved = 0
   for b = 0, 255 do
      local printed = b >= 33 and b <= 126 or b >= 161 and b <= 172 or b >= 174
      local letter = utf8(printed and b or 256 + moved)
      if not printed then moved = moved + 1 end
      letter_of[b], byte_of[letter] = letter, string.char(b)
   end
end

local CONTROL = 3 -- kinds of tokens: those that mark turns and ends are no text

--- Tokenizer.new(metadata): of a GGUF file whose tokenizer.ggml.model is gpt2. Digits are tokens of their own, as the
-- smollm kind has them.
function Tokenizer.new(metadata)
   local model = metadata['tokenizer.ggml.model']
   if model ~= 'gpt2' then error(('tokenizer of kind %s; byte pairs (gpt2) are known here'):format(tostring(model)), 2) end
   local self = setmetatable({text = metadata['tokenizer.ggml.tokens'], number = {}, rank = {}, control = {}, known = {}}, Tokenizer)
   local kinds = metadata['tokenizer.ggml.token_type'] or {}
   for i, text in ipairs(self.text) do
      self.number[text] = i
      if kinds[i] == CONTROL then self.control[#self.control + 1] = text end
   end
   for rank, pair in ipairs(metadata['tokenizer.ggml.merges']) do self.rank[pair] = rank end
   self.last = metadata['tokenizer.ggml.eos_token_id'] + 1
   return self
end

-- The pair that was learnt first is merged first, all over the word.
function Tokenizer:best_pair(parts)
   local best, rank
   for i = 1, #parts - 1 do
      local r = self.rank[parts[i] .. ' ' .. parts[i + 1]]
      if r and (not rank or r < rank) then best, rank = i, r end
   end
   return best
end

function Tokenizer:word(word)
   local parts = {}
   for i = 1, #word do parts[i] = letter_of[word:byte(i)] end
   local at = self:best_pair(parts)
   while at do
      parts[at] = parts[at] .. table.remove(parts, at + 1)
      at = self:best_pair(parts)
   end
   for i, part in ipairs(parts) do parts[i] = self.number[part] end
   return parts
end

-- Letters are those of ASCII and every byte beyond.
local LETTER, NEITHER = '[%a\128-\255]+', '[^%s%w\128-\255]+'
local ENDINGS = {"^'s", "^'t", "^'re", "^'ve", "^'m", "^'ll", "^'d"}

-- Where the word that begins at `at` ends: an ending after an apostrophe, letters or signs with a blank before them, one
-- digit, blanks up to the one before the next word.
local function word_end(text, at)
   for _, ending in ipairs(ENDINGS) do
      local _, last = text:find(ending, at)
      if last then return last end
   end
   for _, pattern in ipairs{'^ ?' .. LETTER, '^%d', '^ ?' .. NEITHER} do
      local _, last = text:find(pattern, at)
      if last then return last end
   end
   local _, last = text:find('^%s+', at)
   return (last < #text and last > at and not text:find('^%d', last + 1)) and last - 1 or last
end

function Tokenizer:append(list, text)
   local at = 1
   while at <= #text do
      local last = word_end(text, at)
      local word = text:sub(at, last)
      self.known[word] = self.known[word] or self:word(word)
      for _, number in ipairs(self.known[word]) do list[#list + 1] = number end
      at = last + 1
   end
end

-- The first control token in the text from `at` on.
function Tokenizer:next_control(text, at)
   local first, found
   for _, token in ipairs(self.control) do
      local i = text:find(token, at, true)
      if i and (not first or i < first) then first, found = i, token end
   end
   return first, found
end

--- tokens:encode(text) -> list of numbers, from 1. Control tokens such as <|im_start|> in the text are tokens.
function Tokenizer:encode(text)
   local list, at = {}, 1
   local first, token = self:next_control(text, at)
   while first do
      self:append(list, text:sub(at, first - 1))
      list[#list + 1] = self.number[token]
      at = first + #token
      first, token = self:next_control(text, at)
   end
   self:append(list, text:sub(at))
   return list
end

--- tokens:decode(numbers) -> text.
function Tokenizer:decode(numbers)
   local parts = {}
   for _, number in ipairs(numbers) do
      parts[#parts + 1] = self.text[number]:gsub('[%z\1-\127\194-\244][\128-\191]*', byte_of)
   end
   return table.concat(parts)
end

return Tokenizer
