//! What is done by hand for now, chapter by chapter, and how: our own words, which hold for any institution. Which chapter each
//! belongs to is `wizard.rs`'s; what an institution's guide says of it, and what has changed since, is in the site profile.

use super::route53::Dns;
use crate::engine::{ByHand, Step};

const fn by_hand(
    id: &'static str,
    title: &'static str,
    minutes: u32,
    sentence: &'static str,
    how: &'static str,
) -> ByHand {
    ByHand { id, title, sentence, how, minutes, each: false, before: None }
}

pub const WORK_MACHINE: &[ByHand] = &[
    by_hand(
        "machine",
        "Machine",
        20,
        "Start a machine in AWS on which the hub's image is built, and sign in to it.",
        "\
1. In the AWS console, open EC2 in the region `{region}` and press `Launch instance`.
2. Take the type `t3.xlarge` (4 processors, 16 GB of memory), a disk of 150 GB, and the image and the security group that your institution prescribes; without one, Amazon Linux and a group that lets you in by ssh.
3. Give it a tag `Name` by which others see that it is yours, and a key pair whose file you have.
4. Once it runs, copy its public IPv4 address and sign in: `ssh ec2-user@ADDRESS`
5. Where the image does not have them yet, install git, Docker, Python 3.11, Terraform, Helm 3, kubectl, sops and the AWS command line.",
    ),
    by_hand(
        "aws_on_it",
        "AWS on it",
        10,
        "Give the command line of AWS on that machine your account and region.",
        "\
1. With an access key: `aws configure`
2. If you sign in through an identity centre instead: `aws configure sso`
3. Give `{region}` as the region and `json` as the output format.
4. See whether it works: `aws sts get-caller-identity` It has to show the account {account} and your user.",
    ),
    by_hand(
        "docker",
        "Docker",
        5,
        "Start Docker, which builds the image.",
        "\
1. Start it, now and whenever the machine starts: `sudo systemctl enable --now docker`
2. Let your user use it: `sudo usermod -aG docker $USER` Then sign out of the machine and in again.
3. See whether it works: `docker info`",
    ),
    by_hand(
        "repositories",
        "Repositories",
        15,
        "Get copies of the repositories that describe cluster and hub.",
        "\
1. Clone the repository with the cluster's Terraform module, and the one with the settings and images of your institution's hubs.
2. Let git sign in to the secrets repository with your AWS rights: `git config --global credential.helper '!aws codecommit credential-helper $@'` `git config --global credential.UseHttpPath true`
3. In the folder of the hubs' settings, clone the secrets repository that Hubwright made where hubploy looks for it: `git clone https://git-codecommit.{region}.amazonaws.com/v1/repos/{deployment}-secrets secrets/deployments/{deployment}/secrets`",
    ),
];

pub const CLUSTER: &[ByHand] = &[
    by_hand(
        "cluster",
        "Cluster",
        60,
        "Make the machines, the network and the disk that the hub runs on.",
        "\
1. In the folder of the cluster's module, copy the template to `{deployment}.tfvars` and fill it in: the region `{region}`, the cluster's name `{deployment}`, your user.
2. Choose a Kubernetes version that EKS still offers: `aws eks describe-cluster-versions --region {region} --output table` Write it into the module, with versions of the EKS module and of the AWS provider that fit each other.
3. Make it, which takes about 20 minutes. Read what would be made before you say yes: `terraform init` `terraform apply -var-file={deployment}.tfvars`
4. Afterwards tell kubectl of it: `aws eks update-kubeconfig --region {region} --name {deployment} --role-arn arn:aws:iam::{account}:role/{deployment}-hubploy-eks` This works once “Deployers group” and “Trust” below are done.
5. See whether it works: `kubectl get nodes` Each machine has to be `Ready`.",
    ),
    by_hand(
        "deployers",
        "Deployers group",
        5,
        "Put yourself into the group that may deploy the hub.",
        "\
1. The cluster's module made the group. Add your user: `aws iam add-user-to-group --group-name {deployment}-hubploy-deployers --user-name {user}`
2. See whether it is there: `aws iam list-groups-for-user --user-name {user} --output table` A user can be in 10 groups at most.",
    ),
    by_hand(
        "trust",
        "Trust",
        10,
        "Allow the role that installs the hub and the role that reads its secrets to use each other's rights.",
        "\
1. In the AWS console, open IAM, `Roles`, `{deployment}-hubploy-eks`, `Trust relationships`, `Edit trust policy`.
2. Its list of principals has to name your user, `arn:aws:iam::{account}:user/{user}`, and the role `arn:aws:iam::{account}:role/{deployment}-secrets-decrypt`. Leave out everybody else, the account's `:root` before all.
3. In the same way, `{deployment}-secrets-decrypt` has to name your user and `arn:aws:iam::{account}:role/{deployment}-hubploy-eks`. Add what is missing, and take nobody off whom you do not know. The page “Secrets store” may find this role changed afterwards: what it offers then would take your addition back.
4. It takes about a minute until AWS goes by it. AWS refuses a list that names somebody who does not exist.",
    ),
];

pub const HUB_IMAGE: &[ByHand] = &[
    by_hand(
        "builder",
        "Builder",
        15,
        "Install the program that builds and deploys the hub.",
        "\
1. Make an environment for it: `python3.11 -m venv ~/hubploy`
2. Install it, in the version that can still build images: `~/hubploy/bin/pip install 'hubploy==0.4' 'jupyter-repo2docker==2021.8.0' 'setuptools<81'`
3. Use it in this and every later session: `source ~/hubploy/bin/activate`
4. See whether it works: `hubploy --help` It has to list `build` and `deploy`. It also needs Helm 3, sops, the AWS command line and `docker-credential-ecr-login` on the machine.",
    ),
    by_hand(
        "image",
        "Configuration and image",
        90,
        "Say what the hub offers, then build its image and upload it.",
        "\
1. In `deployments`, copy the folder of a hub like yours to `{deployment}`.
2. In its `hubploy.yaml`, set the image `{account}.dkr.ecr.{region}.amazonaws.com/{deployment}-user-image`, the account {account}, the region, the cluster `{deployment}` and its two roles, which end with `-hubploy-ecr` and `-hubploy-eks`.
3. In `image`, list the software that the users need; in `config/common.yaml`, what the hub offers them. No secret goes there.
4. Commit it: hubploy names the image by the last commit of `image`.
5. Sign Docker in: `aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {account}.dkr.ecr.{region}.amazonaws.com`
6. Build and upload it, from the top of the repository: `hubploy build {deployment} --push --check-registry` The first time takes half an hour or more.",
    ),
];

pub const DEPLOY: &[ByHand] = &[ByHand {
    each: true,
    before: Some(<Dns as Step>::ID),
    ..by_hand(
        "deploy",
        "Install the hub",
        30,
        "Install the hub on the cluster. This makes the load balancer that the web address leads to.",
        "\
1. Get the secrets that Hubwright wrote: `git -C secrets/deployments/{deployment}/secrets pull`
2. Install the hub, from the top of the repository with the settings: `hubploy deploy {deployment} hub {environment}`
3. Ask for its load balancer: `kubectl -n {deployment}-{environment} get svc proxy-public` The column EXTERNAL-IP shows a name that ends with `elb.amazonaws.com`; while it says `<pending>`, ask again. The page “Web address” wants this name.
4. If it says “timed out waiting for the condition”, see which part of the hub does not start, and why: `kubectl -n {deployment}-{environment} get pods` `kubectl -n {deployment}-{environment} get events --sort-by=.lastTimestamp`
5. If kubectl knows no cluster: `aws eks update-kubeconfig --region {region} --name {deployment} --role-arn arn:aws:iam::{account}:role/{deployment}-hubploy-eks`",
    )
}];

pub const GO_LIVE: &[ByHand] = &[ByHand {
    each: true,
    ..by_hand(
        "proof",
        "Proof",
        10,
        "Open the hub in a browser and log in, as a user would.",
        "\
1. Open `https://{host}` in a private window. The browser has to show no warning about the certificate.
2. Log in. You have to come back to the hub, and not to an error about the client or its address.
3. Start your server; the first start takes some minutes, since a machine is made for it.
4. In a notebook, save a file. Stop the server under `File`, `Hub Control Panel`, start it again, and see whether the file is there.
5. If the server does not start: `kubectl -n {deployment}-{environment} get pods` `kubectl -n {deployment}-{environment} describe pod jupyter-YOUR-NAME` The last lines say why.",
    )
}];

pub const AFTERWARDS: &[ByHand] = &[by_hand(
    "switch_off",
    "Switch off",
    2,
    "Stop the work machine when you do not use it: it costs as long as it runs.",
    "\
1. In the AWS console, open EC2, choose the machine, and under `Instance state` press `Stop instance`. `Terminate` would delete it with its disk.
2. Or from a terminal: `aws ec2 stop-instances --region {region} --instance-ids ID`
3. Its disk costs meanwhile too, and its public address is another one after the next start.",
)];
