--- Random whole numbers for tests, the same on every machine: by xorshift, which is exact in 32 bits and comes round
-- only after 2^32 - 1 draws (a linear congruence in doubles is not exact, and was found going in small circles).
--   local draw, pick = dofile(here .. '/draws.lua')(seed)     draw(n): 1 to n; pick(list): one of its elements
local bxor, lshift, rshift = bit.bxor, bit.lshift, bit.rshift
return function(seed)
   local state = bit.tobit(seed * 2654435 + 88172645)
   if state == 0 then state = 1 end
   local function draw(n)
      state = bxor(state, lshift(state, 13))
      state = bxor(state, rshift(state, 17))
      state = bxor(state, lshift(state, 5))
      return state % 4294967296 % n + 1
   end
   return draw, function(list) return list[draw(#list)] end
end
