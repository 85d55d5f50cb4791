--- SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), by which messages are signed.
--
-- It is here because no library that has it can be counted on beside libzmq, and a few kilobytes a message need none.
local bit = require 'bit'
local band, bnot, bxor, ror, rshift, lshift, tobit = bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift, bit.lshift, bit.tobit

local M = {}

-- The first 32 bits of the fractional parts of the roots of the first primes.
local function fraction(x) return tobit(math.floor((x - math.floor(x)) * 2 ^ 32)) end

local K, START = {}, {}
do
   local n, candidate = 0, 2
   while n < 64 do
      local prime = true
      for d = 2, math.floor(math.sqrt(candidate)) do prime = prime and candidate % d ~= 0 end
      if prime then
         n = n + 1
         -- cube roots to the last bit: pow is off by one there at times
         local root = candidate ^ (1 / 3)
         root = root - (root * root * root - candidate) / (3 * root * root)
         K[n] = fraction(root)
         if n <= 8 then START[n] = fraction(math.sqrt(candidate)) end
      end
      candidate = candidate + 1
   end
end

local W = {}

local function block(state, s, at)
   for i = 1, 16 do
      local a, b, c, d = s:byte(at + 4 * i - 4, at + 4 * i - 1)
      W[i] = tobit(lshift(a, 24) + lshift(b, 16) + lshift(c, 8) + d)
   end
   for i = 17, 64 do
      local u, v = W[i - 15], W[i - 2]
      W[i] = tobit(W[i - 16] + bxor(ror(u, 7), ror(u, 18), rshift(u, 3)) + W[i - 7] + bxor(ror(v, 17), ror(v, 19), rshift(v, 10)))
   end
   local a, b, c, d, e, f, g, h = unpack(state)
   for i = 1, 64 do
      local t1 = h + bxor(ror(e, 6), ror(e, 11), ror(e, 25)) + bxor(band(e, f), band(bnot(e), g)) + K[i] + W[i]
      local t2 = bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + bxor(band(a, b), band(a, c), band(b, c))
      h, g, f, e, d, c, b, a = g, f, e, tobit(d + t1), c, b, a, tobit(t1 + t2)
   end
   state[1], state[2], state[3], state[4] = tobit(state[1] + a), tobit(state[2] + b), tobit(state[3] + c), tobit(state[4] + d)
   state[5], state[6], state[7], state[8] = tobit(state[5] + e), tobit(state[6] + f), tobit(state[7] + g), tobit(state[8] + h)
end

-- A word as four bytes, the highest first.
local function bytes(w) return string.char(band(rshift(w, 24), 255), band(rshift(w, 16), 255), band(rshift(w, 8), 255), band(w, 255)) end

--- digest(s) -> 32 bytes
function M.digest(s)
   local state = {unpack(START)}
   local n = #s
   s = s .. '\128' .. ('\0'):rep((55 - n) % 64) .. bytes(tobit(math.floor(n / 2 ^ 29))) .. bytes(tobit(n * 8 % 2 ^ 32))
   for at = 1, #s, 64 do block(state, s, at) end
   for i = 1, 8 do state[i] = bytes(state[i]) end
   return table.concat(state)
end

--- hex(s) -> text: bytes in hexadecimal digits.
function M.hex(s) return (s:gsub('.', function(c) return ('%02x'):format(c:byte()) end)) end

--- hmac(key, s) -> 32 bytes
function M.hmac(key, s)
   if #key > 64 then key = M.digest(key) end
   key = key .. ('\0'):rep(64 - #key)
   local function with(pad) return (key:gsub('.', function(c) return string.char(bxor(c:byte(), pad)) end)) end
   return M.digest(with(0x5C) .. M.digest(with(0x36) .. s))
end

return M
