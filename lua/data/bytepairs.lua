-- Byte-pair encoding (Gage, 1994; Sennrich et al., 2016): how pairs are learned and applied.
local data = require 'data'
local M = {}

-- Words of a text: a run of letters (and bytes above 127), digits or other signs, with a space that stands before it;
-- or blanks.
local classes = {' ?[%a\128-\255]+', ' ?%d+', ' ?[^%s%w\128-\255]+', '%s+'}
local function each_word(text)
   local at = 1
   return function()
      if at > #text then return nil end
      local first, last
      for _, class in ipairs(classes) do
         first, last = text:find('^' .. class, at)
         if first then break end
      end
      -- of several blanks the last one, a space, belongs to the word behind it
      local blanks = last > first and text:find('^%s+$', at) == nil and text:sub(at, last):find('^%s+$')
      if blanks and text:sub(last, last) == ' ' then last = last - 1 end
      local word = text:sub(at, last)
      at = last + 1
      return word
   end
end

local function bytes_of(word)
   local list = {}
   for i = 1, #word do list[i] = word:byte(i) + 1 end
   return list
end

-- Pairs are numbers: left * BASE + right.
local BASE = 2 ^ 26

local function count_words(text)
   local counts, order = {}, {}
   for word in each_word(text) do
      if not counts[word] then order[#order + 1] = word end
      counts[word] = (counts[word] or 0) + 1
   end
   local words = {}
   for k, word in ipairs(order) do words[k] = {count = counts[word], bytes_of(word)} end
   return words
end

-- Adds the pairs of a word, `sign` times, to counts; places: pair -> set of words.
local function add_pairs(pairs_, places, word, k, sign)
   local list = word[1]
   for i = 1, #list - 1 do
      local pair = list[i] * BASE + list[i + 1]
      local n = (pairs_[pair] or 0) + sign * word.count
      pairs_[pair] = n > 0 and n or nil
      if sign > 0 then
         places[pair] = places[pair] or {}
         places[pair][k] = true
      end
   end
end

local function most_frequent(pairs_)
   local best, most = nil, 0
   for pair, n in pairs(pairs_) do
      if n > most or n == most and pair < best then best, most = pair, n end
   end
   return best, most
end

-- The list with every pair (left, right) as one.
local function joined(list, left, right, made)
   local result, i = {}, 1
   while i <= #list do
      if list[i] == left and list[i + 1] == right then
         result[#result + 1] = made
         i = i + 2
      else
         result[#result + 1] = list[i]
         i = i + 1
      end
   end
   return result
end

--- learn(text, size): a tokenizer; fewer tokens than size when no pair is left that comes twice.
function M.learn(text, size)
   local tokens, merges = {}, {}
   for byte = 0, 255 do tokens[byte + 1] = string.char(byte) end
   local words, counts, places = count_words(text), {}, {}
   for k, word in ipairs(words) do add_pairs(counts, places, word, k, 1) end
   while #tokens < size do
      local pair, n = most_frequent(counts)
      if not pair or n < 2 then break end
      local left, right = math.floor(pair / BASE), pair % BASE
      local made = #tokens + 1
      tokens[made] = tokens[left] .. tokens[right]
      merges[#merges + 1] = {left, right}
      local here = {}
      for k in pairs(places[pair]) do here[#here + 1] = k end
      for _, k in ipairs(here) do
         local word = words[k]
         add_pairs(counts, places, word, k, -1)
         word[1] = joined(word[1], left, right, made)
         add_pairs(counts, places, word, k, 1)
      end
      places[pair] = nil
   end
   return data.Tokenizer('bytes', tokens, merges)
end

-- ---- encoding ----

local tables = setmetatable({}, {__mode = 'k'}) -- tokenizer -> {ranks of pairs, words that were encoded}
local function table_of(tokenizer)
   local t = tables[tokenizer]
   if not t then
      t = {ranks = {}, words = {}, kept = 0}
      for rank, merge in ipairs(tokenizer.merges) do t.ranks[merge[1] * BASE + merge[2]] = rank end
      tables[tokenizer] = t
   end
   return t
end

local function encode_word(ranks, merges, word)
   local list = bytes_of(word)
   while #list > 1 do
      local best
      for i = 1, #list - 1 do
         local rank = ranks[list[i] * BASE + list[i + 1]]
         if rank and (not best or rank < best) then best = rank end
      end
      if not best then break end
      list = joined(list, merges[best][1], merges[best][2], 256 + best)
   end
   return list
end

local KEPT = 100000 -- words whose tokens are remembered

--- encode(tokenizer, text) -> tokens: list of tokens.
function M.encode(tokenizer, text)
   local t, result = table_of(tokenizer), {}
   for word in each_word(text) do
      local list = t.words[word]
      if not list then
         list = encode_word(t.ranks, tokenizer.merges, word)
         if t.kept >= KEPT then t.words, t.kept = {}, 0 end
         t.words[word], t.kept = list, t.kept + 1
      end
      for i = 1, #list do result[#result + 1] = list[i] end
   end
   return result
end

return M
