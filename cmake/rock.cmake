# th_rock(NAME folders...): adds folders. What they install is the component NAME, what they build is the target
# rock_NAME as well: of these rocks/make makes the rock. TH_ROCKS, a global property, lists these targets.
function(th_rock name)
  set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME ${name})
  set(made)
  foreach(folder ${ARGN})
    add_subdirectory(${folder})
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    list(APPEND made ${targets})
  endforeach()
  add_custom_target(rock_${name} DEPENDS ${made})
  set_property(GLOBAL APPEND PROPERTY TH_ROCKS rock_${name})
endfunction()
