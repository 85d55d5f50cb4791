--- Sentences of a small grammar: text with words of a few kinds, for programs that look for such.
--
--    text = sentences(n)
local kinds = {
   animal = {'cat', 'dog', 'horse', 'bird', 'fox'}, person = {'king', 'queen', 'child', 'teacher', 'farmer'},
   food = {'bread', 'fish', 'corn', 'cheese', 'meat'}, place = {'house', 'garden', 'field', 'forest', 'market'},
   colour = {'red', 'white', 'black', 'brown', 'green'}, eats = {'eats', 'likes', 'smells', 'finds'}, goes = {'runs', 'walks', 'comes', 'goes'},
   says = {'says', 'thinks', 'knows', 'hopes'},
}
local patterns = {
   'the colour animal eats the food', 'the animal goes to the place', 'the person eats food and food', 'the person goes to the colour place',
   'the person says that the animal eats food', 'in the place the person says that the animal is colour', 'the colour animal goes from the place',
}

local function pick(list) return list[torch.random(#list)] end

return function(n)
   local lines = {}
   for i = 1, n do lines[i] = pick(patterns):gsub('%a+', function(word) return kinds[word] and pick(kinds[word]) end) end
   return table.concat(lines, '.\n') .. '.\n'
end
