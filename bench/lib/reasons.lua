-- Why a row is behind, where the cause is physics or another's: {pattern of its name, reason [, title = pattern]}.
return {
}
