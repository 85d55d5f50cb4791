--- nearest(name, names): what may have been meant by a misspelled name.

-- How many letters must be added, left out, changed or swapped with their neighbour to come from a to b
-- (optimal string alignment).
local function distance(a, b)
   local before, row = nil, {}
   for j = 0, #b do row[j] = j end
   for i = 1, #a do
      local next_row = {[0] = i}
      for j = 1, #b do
         local change = a:byte(i) == b:byte(j) and 0 or 1
         local d = math.min(row[j] + 1, next_row[j - 1] + 1, row[j - 1] + change)
         if before and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then d = math.min(d, before[j - 2] + 1) end
         next_row[j] = d
      end
      before, row = row, next_row
   end
   return row[#b]
end

--- The entry of a list of names that is nearest to `name`, upper and lower case being the same, and how far
-- it is; nothing if none is near. Of equally near ones one with the same first letter, as many letters, the first in the alphabet.
return function(name, names)
   local low, best, off = name:lower(), nil, nil
   local least = math.min(math.floor((#name + 4) / 3), #name - 1)  -- most mistakes: two in five letters
   for _, candidate in ipairs(names) do
      local other = candidate:lower()
      local d = math.abs(#other - #low) <= least and distance(low, other)
      if d and other:byte() ~= low:byte() then d = d + 0.5 end
      local apart = math.abs(#other - #low)
      if d and (d < least or d == least and (not best or apart < off or apart == off and candidate < best)) then best, least, off = candidate, d, apart end
   end
   return best, best and least
end
