-- What makes batches, in the thread that asks or in another.
local torch = torch
local M = {}

local generator

-- Two numbers as a seed of 32 bits; equal ones give equal seeds, near ones unlike seeds (the finalizer of
-- MurmurHash3).
local bit = require 'bit'
local function times(h, k) -- h * k of 32 bits; a double has not the room for it
   local low, high = bit.band(h, 0xffff), bit.rshift(h, 16)
   return bit.tobit(low * k + bit.lshift(bit.tobit(high * bit.band(k, 0xffff)), 16))
end
local function mixed(h)
   h = times(bit.bxor(h, bit.rshift(h, 16)), 0x85ebca6b)
   h = times(bit.bxor(h, bit.rshift(h, 13)), 0xc2b2ae35)
   return bit.bxor(h, bit.rshift(h, 16))
end

--- seed(a, ...): whole numbers below 2^32 as one seed, from 0 to 2^32 - 1.
function M.seed(...)
   local h = 0
   for k = 1, select('#', ...) do h = mixed(bit.tobit(h + 0x9e3779b9 + select(k, ...))) end
   return h % 2 ^ 32
end

local function make(set, collate, indices)
   if not collate then return set:batch(indices, generator) end
   return collate(set:samples(indices, generator))
end

--- batch(set, collate, indices, seed) -> ok, inputs, targets: true, inputs, targets; or false and the message of an
-- error. With a seed the generator that samples draw from is set to it, and so is the default one for the time.
function M.batch(set, collate, indices, seed)
   if not seed then return pcall(make, set, collate, indices) end
   generator = generator or torch.Generator()
   torch.manualSeed(generator, seed)
   local before = torch.getRNGState()
   torch.manualSeed(seed)
   local ok, x, y = pcall(make, set, collate, indices)
   torch.setRNGState(before)
   return ok, x, y
end

-- ---- in a thread of a pool ----

local own -- what this thread makes batches of

--- setup(settings): what jobs of this thread are about: set, collate, tensortype, packages (names of those that are
-- globals), init.
function M.setup(settings, id)
   torch.setnumthreads(1)
   torch.setdefaulttensortype(settings.tensortype)
   for _, name in ipairs(settings.packages) do pcall(require, name) end
   own = {set = settings.set, collate = settings.collate}
   if settings.init then settings.init(id) end
end

--- job(k, indices, seed): k and what batch returns.
function M.job(k, indices, seed) return k, M.batch(own.set, own.collate, indices, seed) end

return M
