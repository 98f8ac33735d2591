using System.CommandLine;
using System.CommandLine.Parsing;
using KafkaBackup.Repository.Encryption;

namespace KafkaBackup.Cli.Commands;

/// <summary>Options that say where a secret is; none of them takes the secret.</summary>
internal sealed class SecretOptions
{
    private readonly string what;
    private readonly Option<string?> variable;
    private readonly Option<string?> passphraseFile;
    private readonly Option<string?> keyFile;

    /// <param name="prefix">What the options' names begin with, behind the dashes.</param>
    /// <param name="what">What the secret is for.</param>
    /// <param name="otherwise">What happens where none is given.</param>
    public SecretOptions(string prefix, string what, string otherwise)
    {
        this.what = what;
        variable = new Option<string?>($"--{prefix}passphrase-variable") { Description = $"The environment variable that holds the passphrase {what}; {otherwise}" };
        passphraseFile = new Option<string?>($"--{prefix}passphrase-file") { Description = $"A file whose first line is the passphrase {what}; {otherwise}" };
        keyFile = new Option<string?>($"--{prefix}key-file") { Description = $"A file of random bytes, the key {what}; {otherwise}" };
    }

    /// <summary>Those of a repository that exists.</summary>
    public static SecretOptions OfRepository() => new("", "of an encrypted repository", "the connection's in the configuration where left out, else a terminal asks");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[variable, passphraseFile, keyFile])
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (((Option[])[variable, passphraseFile, keyFile]).Count(option => result.GetResult(option) is not null) > 1)
                result.AddError($"more than one secret {what} is given: give {variable.Name}, {passphraseFile.Name} or {keyFile.Name}");
        });
    }

    /// <summary>Whether one of the options is given.</summary>
    public bool IsGiven(CommandResult result) => ((Option[])[variable, passphraseFile, keyFile]).Any(option => result.GetResult(option) is not null);

    /// <summary>Where the secret is; null if that was not said.</summary>
    public ISecretSource? Given(ParseResult parsed) => parsed switch
    {
        _ when parsed.GetValue(variable) is { } name => new RememberedSecret(new PassphraseVariable(name)),
        _ when parsed.GetValue(passphraseFile) is { } path => new RememberedSecret(new PassphraseFile(path)),
        _ when parsed.GetValue(keyFile) is { } path => new RememberedSecret(new KeyFile(path)),
        _ => null,
    };

    /// <summary>Where the secret is; if that was not said, a terminal asks for it, if there is one.</summary>
    public ISecretSource? GivenOrAsked(ParseResult parsed) => Given(parsed) ?? PassphrasePrompt.OnDemand();
}
