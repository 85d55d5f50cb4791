--- Additions to Lua's table and string libraries.

--- table.splice(t[, start=1][, length=1]): two new lists, t without these elements and the elements.
function table.splice(t, start, length)
   start, length = start or 1, length or 1
   if start < 0 then start = #t + start + 1 end
   local remaining, removed = {}, {}
   for i, v in ipairs(t) do
      local into = (i >= start and i < start + length) and removed or remaining
      into[#into + 1] = v
   end
   return remaining, removed
end

--- table.prune(t[, hash][, merge]): the entries that differ, in order. hash(v) tells which are the
-- same (default: the value); merge(first, later) combines those that are.
function table.prune(t, hash, merge)
   hash = hash or function(v) return v end
   local out, at = {}, {}
   for _, v in ipairs(t) do
      local h = hash(v)
      local i = at[h]
      if not i then
         out[#out + 1] = v
         at[h] = #out
      elseif merge then
         out[i] = merge(out[i], v)
      end
   end
   return out
end

--- string.split(s, pattern): the fields between matches of a Lua pattern, empty ones included.
function string.split(s, pattern)
   if pattern == nil or pattern == '' then
      local characters = {}
      for c in s:gmatch('.') do characters[#characters + 1] = c end
      return characters
   end
   local fields, from = {}, 1
   while true do
      local first, last = s:find(pattern, from)
      if not first or last < first then break end
      fields[#fields + 1] = s:sub(from, first - 1)
      from = last + 1
   end
   fields[#fields + 1] = s:sub(from)
   return fields
end

--- string.tosymbol(s): the value that a dotted name stands for ('torch.Tensor'), or nil.
function string.tosymbol(s)
   local value = _G
   for name in s:gmatch('[^.]+') do
      if type(value) ~= 'table' then return nil end
      value = value[name]
   end
   return value
end
